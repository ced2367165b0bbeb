"""The chapters of a report, in order."""

from collections.abc import Sequence

from search.reporting.blocks import Chapter
from search.reporting.effects import effects_chapters
from search.reporting.fronts import fronts_chapters
from search.reporting.groups import groups_chapters
from search.reporting.growth import growth_chapters
from search.reporting.importance import importance_chapters
from search.reporting.origins import origins_chapters
from search.reporting.parallel import parallel_chapters
from search.reporting.searched import searched_chapters
from search.reporting.sensitivity import sensitivity_chapters
from search.reporting.source import Source
from search.reporting.summary import summary_chapters
from search.reporting.tested import tested_chapters

ORDER = (
    summary_chapters,
    tested_chapters,
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
    """All that there is to tell of sweeps."""
    return [chapter for part in ORDER for chapter in part(sources)]
