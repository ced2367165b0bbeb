from search.posterior.start import START, second_seed_due


def test_one_lane_in_five_is_a_second_seed_until_three_are() -> None:
    assert not second_seed_due([1] * (START - 1))
    assert second_seed_due([1] * START)
    assert not second_seed_due([2, *[1] * 6])
    assert second_seed_due([2, *[1] * 8])
    assert second_seed_due([2, 2, *[1] * 11])
    assert not second_seed_due([2, 2, 2, *[1] * 50])


def test_with_several_seeds_each_none_is_due() -> None:
    assert not second_seed_due([3] * START)
