"""Chapters of a report, in order."""

from collections.abc import Sequence

from search.reporting.blocks import Chapter
from search.reporting.chapters.choices import choices_chapters
from search.reporting.chapters.fronts import fronts_chapters
from search.reporting.chapters.group_sizes import groups_chapters
from search.reporting.chapters.hypervolume import growth_chapters
from search.reporting.chapters.importance import importance_chapters
from search.reporting.chapters.parallel_coordinates import parallel_chapters
from search.reporting.chapters.parameter_effects import effects_chapters
from search.reporting.chapters.provenance import origins_chapters
from search.reporting.chapters.resolution import resolution_chapters
from search.reporting.chapters.search_and_cost import searched_chapters
from search.reporting.chapters.sensitivity_map import sensitivity_chapters
from search.reporting.chapters.summary import summary_chapters
from search.reporting.chapters.test_results import tested_chapters
from search.reporting.sweep_source import Source

ORDER = (
    summary_chapters,
    choices_chapters,
    tested_chapters,
    resolution_chapters,
    fronts_chapters,
    growth_chapters,
    importance_chapters,
    parallel_chapters,
    effects_chapters,
    sensitivity_chapters,
    searched_chapters,
    groups_chapters,
    origins_chapters,
)


def chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return all chapters of a report on sweeps."""
    return [chapter for part in ORDER for chapter in part(sources)]
