"""Theory without networks: one neuron, distributions, equilibria, information, depth."""
