"""Trust in a results folder: options that reach out of it are taken on the user's word alone.

A folder whose options this user signed is the user's, and its options are taken as they are. In
any other folder an option that leads out of it, to a host or to a path, is named on the screen and
refused, unless the command line gives the option itself or accepts what the folder names.
"""

from collections.abc import Collection, Mapping
from typing import Any

from rich.console import Console

from search.arguments.run_options import REACHING, RunOptions
from search.store.storage import Storage
from search.sweep.facts import FACTS_FILE, SweepFacts
from search.terminal.console import CommandError, say
from search.terminal.credentials import lacks_credentials

TRACKING, CLUSTER = ("tracking_uri",), ("address",)
PATHS = tuple(name for name in REACHING if name not in (*TRACKING, *CLUSTER))


class Untrusted(CommandError):
    """Error of an option that a folder from elsewhere names, and nobody confirmed."""


def trusted_options(
    facts: SweepFacts,
    folder: Storage,
    given: Mapping[str, Any],
    reaching: Collection[str] = REACHING,
    console: Console | None = None,
) -> RunOptions:
    """Return the options of a sweep, with those of the command line in place.

    Args:
        facts: facts of the sweep.
        folder: folder of the sweep, for messages.
        given: options of the command line by name; `trust_folder` accepts what the folder names.
        reaching: options among `REACHING` that the command uses.
        console: console that shows what is accepted; None for none.

    Raises:
        Untrusted: a folder from elsewhere names an option that leads out of it, or an address was
            stored without its credentials; names file and options.
    """
    options, source = facts.options.changed(given), folder.where(FACTS_FILE)
    uri = None if "tracking_uri" in given else options.tracking_uri
    if uri and "tracking_uri" in reaching and lacks_credentials(uri):
        raise Untrusted(
            f"{source} holds the address {uri} without its credentials, which are never stored: "
            "give it by --tracking-uri"
        )
    named = options_named(facts, given, reaching)
    if named and not facts.own:
        if not given.get("trust_folder"):
            ways = "".join(f"--{_dashed(name)}, " for name in named if name not in PATHS)
            raise Untrusted(
                f"{source} was not written by you on this machine, and names what leads out of "
                f"its folder: {_text(named)}; to use it, give {ways}"
                f"{'or ' if ways else ''}--trust-folder"
            )
        if console:
            say(console, f"accepted from {source}: {_text(named)}", style="yellow")
    return options


def options_named(
    facts: SweepFacts, given: Mapping[str, Any], reaching: Collection[str] = REACHING
) -> dict[str, Any]:
    """Return the options that lead out of a sweep's folder and come of the folder alone."""
    kept = facts.options.to_json()
    return {name: kept[name] for name in reaching if name in kept and name not in given}


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _text(named: Mapping[str, Any]) -> str:
    return ", ".join(f"`{_dashed(name)}` {value}" for name, value in named.items())
