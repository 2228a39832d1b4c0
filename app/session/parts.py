"""The charts of each page, or its claims, among which a teacher's link chooses: name -> title, in their order there."""

from ipcore.claims import claims

RACE = {
    "networks": "The finding, and the picture of the networks",
    "loss": "Training loss",
    "accuracy": "Test accuracy",
    "gradient": "Gradient by layer",
    "gradient_map": "Gradient over time",
    "response": "Slope by layer",
    "information": "Information by layer",
    "gain": "Gain",
    "bias": "Bias",
    "activity": "Activity",
    "surface": "Decision surface",
}
SWEEP = {
    "lines": "Test accuracy at the end, by one setting",
    "map": "Test accuracy at the end, by two settings",
    "loss": "Training loss over steps",
    "accuracy": "Test accuracy over steps",
    "summary": "Summary",
}
NEURON = {
    "input": "Input, and tanh over it",
    "output": "Output",
    "plane": "Path",
    "gain": "Gain",
    "bias": "Bias",
    "information": "Information",
    "numbers": "Predicted and simulated",
}
DEPTH = {
    "activity": "Signal on its way up",
    "error": "Error on its way down",
    "scales": "Multiplier and weight scale",
    "multipliers": "The multiplier χ",
}
CLAIMS = {name: claim.title for name, claim in claims.CLAIMS.items()}
