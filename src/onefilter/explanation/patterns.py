"""Patterns: which features carry what a filter reads (Haufe et al. 2014; Kindermans et al., arXiv 1705.05598).

A filter's weights also cancel what disturbs, so they must not be read as the signal's whereabouts. With z = w^T x the
filter's output over many steps, the linear estimator of the pattern is

    a = cov(x, z) / var(z),     so that     w^T a = 1.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def linear_pattern(inputs: Floats, outputs: Floats) -> Floats:
    """Estimate the pattern of a filter.

    Args:
        inputs: Features [T, F].
        outputs: The filter's output [T].

    Returns:
        [F], what one unit more of output means for each feature.

    Raises:
        ValueError: If the output is constant.
    """
    centred = outputs - outputs.mean()
    variance = centred @ centred
    if variance == 0:
        message = "a constant output has no pattern"
        raise ValueError(message)
    return np.asarray((inputs - inputs.mean(axis=0)).T @ centred / variance)
