import json
import shutil
from pathlib import Path

import pytest

from search.front.names import point_name
from search.front.pick import RULES, pick
from search.front.rule_names import DEFAULT
from search.reporting.blocks import Table, Words
from search.reporting.chapters import choices
from search.reporting.chapters.choices import Export, choices_chapters, exported
from search.reporting.sweep_source import Source, source_of
from search.store.local_storage import LocalStorage
from search.verdict.subject import MemberTest


def parts(source: Source) -> tuple[str, Table]:
    (chapter,) = choices_chapters([source])
    words, table = chapter.blocks[:2]
    assert isinstance(words, Words)
    assert isinstance(table, Table)
    return words.text, table


def export(source: Source, member: str, **about: object) -> None:
    provenance = {"member": member, "picked": "knee", "seed": 1, **about}
    content = json.dumps({"provenance": provenance}).encode()
    source.sweep.folder.write(f"exports/{member}/bundle.json", content)


def test_each_rule_names_its_member_and_why(toy: Source) -> None:
    text, table = parts(toy)
    assert text == "Of the front's members, none was tested on test data; none was exported."
    reasons = {row[0]: row[1] for row in table.rows}
    for rule in (DEFAULT, *RULES):
        assert f"{rule}: " in reasons[point_name(pick(toy.front, rule))]
    assert {row[-2] for row in table.rows} == {"not tested"}
    assert {row[-1] for row in table.rows} == {"-"}


def test_an_exported_member_is_named_with_its_seed_and_the_lack_of_a_test(
    report_results: Path, tmp_path: Path
) -> None:
    shutil.copytree(report_results, tmp_path, dirs_exist_ok=True)
    source = source_of("toy", LocalStorage(tmp_path))
    member = point_name(source.front.members[0])
    export(source, member)
    export(source, "999@1")
    text, table = parts(source)
    names = ", ".join(sorted([member, "999@1"]))
    assert f"exported: {names}. Exported without a test: {names}." in text
    (row,) = [row for row in table.rows if row[0] == member]
    assert row[-1] == f"exports/{member} (seed 1, picked as knee)"
    (chapter,) = choices_chapters([source])
    assert chapter.blocks[-1] == Words("Exported, and no longer on the front: 999@1.")


def test_a_file_that_is_no_bundle_is_passed_over(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    strangers = {"a": b"{", "b": b"[]", "c": b'{"provenance": {"member": 1}}', "d": b"[" * 200_000}
    for name, content in strangers.items():
        folder.write(f"exports/{name}/bundle.json", content)
    folder.write(
        "exports/1@2/bundle.json", b'{"provenance": {"member": "1@2", "picked": "1@2", "seed": 0}}'
    )
    assert list(exported(folder)) == [Export("1@2", "1@2", 0, "exports/1@2")]


def test_a_tested_member_is_shown_with_its_result_and_needs_no_warning(
    report_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(report_results, tmp_path, dirs_exist_ok=True)
    source = source_of("toy", LocalStorage(tmp_path))
    member = point_name(source.front.members[0])
    export(source, member)
    means = {"ccc": 0.61, "recall_gap": 0.125}
    test = MemberTest("2026-11-30 12:00 UTC", 10, means=means)
    monkeypatch.setattr(choices, "tests_of_members", lambda *given: {member: test})
    text, table = parts(source)
    assert text == f"Of the front's members, tested: {member}; exported: {member}."
    (row,) = [row for row in table.rows if row[0] == member]
    assert row[-2] == "ccc 0.610, recall_gap 0.125; 10 fresh seeds, 2026-11-30"
    assert table.data.set_index("member").loc[member, "tested"] == "2026-11-30 12:00 UTC"
