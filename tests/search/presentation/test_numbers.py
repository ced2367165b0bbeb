"""Numbers in words."""

import pytest

from search.presentation.numbers import share_text, short, signed


@pytest.mark.parametrize(
    ("value", "text", "difference"),
    [
        (0.705, ".705", "+.705"),
        (-0.02, "-.020", "-.020"),
        (1.2, "1.200", "+1.200"),
        (-1.2, "-1.200", "-1.200"),
        (-0.0004, ".000", ".000"),
        (0.0004, ".000", ".000"),
    ],
)
def test_numbers_have_three_decimals_and_0_has_no_sign(
    value: float, text: str, difference: str
) -> None:
    assert (short(value), signed(value)) == (text, difference)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (0.0, "nothing of it"),
        (0.02, "nearly nothing of it"),
        (0.06, "a twentieth of it"),
        (0.25, "a quarter of it"),
        (0.42, "two fifths of it"),
        (0.88, "four fifths of it"),
        (0.99, "nearly all of it"),
        (1.0, "all of it"),
        (1.003, "all of it"),
        (1.2, "all of it and 20 % more"),
    ],
)
def test_a_share_is_stated_in_words(part: float, text: str) -> None:
    assert share_text(part, 1.0) == text
