"""The science of intrinsic plasticity: networks, rules, training and theory, with no knowledge of any screen.

This file stays empty of imports so that reading a setting never costs an import of torch.
"""
