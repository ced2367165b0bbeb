from search.posterior.start import START, replicated_first


def test_two_of_the_first_configurations_get_a_second_seed() -> None:
    seeds = [1] * START
    assert replicated_first(seeds[:-1]) is None
    assert replicated_first(seeds) == 0
    assert replicated_first([2, *seeds[1:]]) == 1
    assert replicated_first([2, 2, *seeds[2:]]) is None
    assert replicated_first([2, 3, *seeds[2:], 1]) is None


def test_with_several_seeds_each_nothing_is_to_be_replicated() -> None:
    assert replicated_first([3] * START) is None
