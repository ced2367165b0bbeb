from search.tasks.constant import constant_levels


def test_levels_that_no_group_or_some_are_predicted_are_named_by_their_groups() -> None:
    metrics = {
        "recall_low_coast": 0.0,
        "recall_low_north_west": 0.0,
        "recall_low_south": 0.3,
        "recall_high_coast": 0.0,
        "recall_high_north_west": 0.0,
        "recall_high_south": 0.0,
    }
    assert constant_levels(metrics, ("coast", "north west", "south")) == [
        "no coast or north west are predicted low",
        "nobody is predicted high",
    ]
    assert constant_levels({}, ("female", "male")) == []
