import dataclasses

import numpy as np

from search.posterior.gain import gains
from search.posterior.posterior import Posterior
from tests.support.posteriors import goal, lanes


def test_a_running_lane_changes_no_mean_and_makes_its_question_worth_less() -> None:
    of, place = lanes(), np.array([[0.5, 0.5]])
    costs = np.concatenate([of.costs, np.full((1, *of.costs.shape[1:]), np.nan)])
    with_running = dataclasses.replace(
        of,
        places=np.vstack([of.places, place]),
        owners=np.append(of.owners, len(of.places)),
        seeds=np.append(of.seeds, 0),
        costs=costs,
        lengths=np.append(of.lengths, 0),
    )
    alone, both = Posterior(of, goal()), Posterior(with_running, goal())
    new = np.array([-1])
    first, second = alone.at(place, new), both.at(place, new)
    np.testing.assert_allclose(second.standing, first.standing, atol=1e-9)
    assert (second.step < 0.95 * first.step).all()
    assert gains(both, place, new) < gains(alone, place, new)
    assert not both.seen[-1].any()
    np.testing.assert_allclose(both.outlook.mean[:-1], alone.outlook.mean, atol=1e-9)
