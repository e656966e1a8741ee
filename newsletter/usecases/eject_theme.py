"""Copy a theme into the newsletter's folder, where it can be changed."""

import os
from pathlib import Path

from newsletter.errors import RefusedError, UserError
from newsletter.rendering.theme_folder import find_theme, get_shared_folder
from newsletter.whole_file import write_whole_file


def eject_theme(name: str, own_themes: Path, *, may_overwrite: bool = False) -> list[Path]:
    """Copy a theme that comes with the program, with everything it takes from the shared folder.

    Args:
        name: Of a packaged theme.
        own_themes: The newsletter's folder of themes; made if there is none.
        may_overwrite: Write over files of an earlier copy; others in its folder stay.

    Returns:
        The files, sorted.

    Raises:
        RenderError: There is no such theme; lists those there are.
        RefusedError: The newsletter has this theme already; nothing was written.
        UserError: The folder cannot be written.
    """
    sources = {
        file.name: file
        for folder in (get_shared_folder(), find_theme(name).folder)
        for file in folder.iterdir()
        if file.is_file()
    }
    folder = own_themes / name
    if os.path.lexists(folder) and not may_overwrite:
        raise RefusedError(
            f"{folder}: there is such a theme already; it was left as it is."
            " --force writes over its files."
        )
    written = [folder / each for each in sorted(sources)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in written:
            write_whole_file(path, sources[path.name].read_bytes())
    except OSError as error:
        raise UserError(
            f"{error.filename or folder}: cannot be written: {error.strerror}"
        ) from error
    return written
