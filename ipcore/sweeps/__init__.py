"""Sweeps over one or two settings: plan, size of stacks, summary of results."""
