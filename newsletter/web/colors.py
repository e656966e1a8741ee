"""Colours that can be read: whatever a brand's colour is, text in it and on it has contrast.

Source:
    WCAG 2.2, relative luminance and contrast ratio; success criteria 1.4.3 and 1.4.11.
"""

#: Of text and its background (WCAG 2.2, 1.4.3), with a little to spare for rounding.
MIN_CONTRAST = 4.6


def measure_contrast(first: str, second: str) -> float:
    """Measure the contrast ratio of two colours, ``#`` and six hex digits each: 1 to 21."""
    darker, lighter = sorted((_measure_luminance(first), _measure_luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def choose_text_on(background: str) -> str:
    """Choose white or near-black for text on a background, whichever is read more easily."""
    return max(("#ffffff", "#101114"), key=lambda color: measure_contrast(color, background))


def make_readable(color: str, *, background: str) -> str:
    """Move a colour towards black or white, no further than text on this background needs."""
    goal = "#000000" if measure_contrast("#000000", background) > 10 else "#ffffff"
    steps = (_mix(color, goal, step / 50) for step in range(51))
    return next(mixed for mixed in steps if measure_contrast(mixed, background) >= MIN_CONTRAST)


def _measure_luminance(color: str) -> float:
    red, green, blue = (_linearise(channel / 255) for channel in _split(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linearise(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _split(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color.removeprefix("#")))


def _mix(color: str, other: str, share: float) -> str:
    pairs = zip(_split(color), _split(other), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()
