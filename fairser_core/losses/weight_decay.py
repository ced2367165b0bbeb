"""Weight decay as a part of the gradient."""

from fairser_core.networks.layers import Parameters


def decayed(gradient: Parameters, parameters: Parameters, weight_decay: float) -> Parameters:
    """Add the gradient of L2 regularisation to a gradient, as torch's Adam does.

        g + λ w, the gradient of loss + λ/2 |w|²

    Chien & Lee (2023), section 3.1, call λ the decay factor.

    Args:
        gradient: g, one tensor a parameter.
        parameters: w, of the same names and shapes.
        weight_decay: λ ≥ 0.
    """
    return {name: slope + weight_decay * parameters[name] for name, slope in gradient.items()}
