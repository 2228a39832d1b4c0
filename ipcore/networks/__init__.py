"""Deep networks in torch: neurons, races in lockstep, training loop, telemetry."""
