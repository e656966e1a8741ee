"""Watches what an issue is made of: issue files and their images, templates, settings."""

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from newsletter.rendering.theme_folder import get_templates_folder

#: Below the newsletter's folder.
_FOLDERS: Final = ("issues", "templates")
_SETTINGS: Final = frozenset({"newsletter.toml", "newsletter.local.toml"})
#: What editors leave beside a file while they write it.
_NOISE: Final = ("~", ".swp", ".swx", ".tmp", ".part")
#: Changes that come closer together are told as one: an editor may write a file in two steps.
_QUIET_MILLISECONDS: Final = 20
_DEBOUNCE_MILLISECONDS: Final = 50

#: Told the files that changed.
OnChange = Callable[[Collection[Path]], None]


async def watch_newsletter(
    folder: Path, named: Path | None, on_change: OnChange, stop: asyncio.Event
) -> None:
    """Tell of every change until `stop` is set.

    Args:
        folder: The newsletter's.
        named: An issue that may lie elsewhere; its folder is watched, too.
        on_change: Called on the event loop.
        stop: Ends the watch.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_watch_settings(folder, on_change, stop))
        tasks.create_task(_watch_folders(folder, named, on_change, stop))


async def _watch_settings(folder: Path, on_change: OnChange, stop: asyncio.Event) -> None:
    """Watch the folder and not the file: editors put a new file in its place."""
    from watchfiles import awatch

    async for changes in awatch(
        folder,
        watch_filter=lambda _change, path: Path(path).name in _SETTINGS,
        recursive=False,
        debounce=_DEBOUNCE_MILLISECONDS,
        step=_QUIET_MILLISECONDS,
        stop_event=stop,
    ):
        on_change([Path(path) for _change, path in changes])


async def _watch_folders(
    folder: Path, named: Path | None, on_change: OnChange, stop: asyncio.Event
) -> None:
    from watchfiles import awatch

    while not stop.is_set():
        watched = _list_folders(folder, named)
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_wait_for_others(folder, named, watched, stop, ended))
            async for changes in awatch(
                *watched,
                watch_filter=lambda _change, path: _is_of_interest(Path(path)),
                debounce=_DEBOUNCE_MILLISECONDS,
                step=_QUIET_MILLISECONDS,
                stop_event=ended,
            ):
                on_change([Path(path) for _change, path in changes])
        if not stop.is_set():
            # What came with a new folder was not watched yet.
            on_change([])


async def _wait_for_others(
    folder: Path, named: Path | None, watched: list[Path], stop: asyncio.Event, ended: asyncio.Event
) -> None:
    """Wait until another folder has to be watched, as when a theme was ejected, or none."""
    while not stop.is_set() and _list_folders(folder, named) == watched:
        try:
            await asyncio.wait_for(stop.wait(), 1)
        except TimeoutError:
            continue
    ended.set()


def _list_folders(folder: Path, named: Path | None) -> list[Path]:
    packaged = Path(str(get_templates_folder())) / "issue"
    places = [*(folder / name for name in _FOLDERS), packaged, packaged.parent / "words"]
    if named and not named.resolve().is_relative_to(folder):
        places.append(named.resolve().parent)
    return [place for place in places if place.is_dir()]


def _is_of_interest(path: Path) -> bool:
    return not path.name.startswith((".", "#", "4913")) and not path.name.endswith(_NOISE)
