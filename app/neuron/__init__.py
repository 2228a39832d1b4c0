"""The page "One neuron": settings, component, the neuron that is played, frames, CSV."""
