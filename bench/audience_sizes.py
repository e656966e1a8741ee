"""Does a recipient cost the same in a large audience as in a small one, in time and memory?

Sends the same issue to audiences of several sizes, through the real command line, and prints what
each run cost. The proof is in the ratios between the rows, not in the figures.

Usage: python -m bench.audience_sizes [--transport maildir:maildir|memory:] [SIZE …]
"""

import argparse

from bench.weekly import Cost, Weekly


def measure(size: int, transport: str) -> tuple[Cost, Cost]:
    """Import and send to one audience; return what each cost."""
    with Weekly(size, paragraphs=40) as weekly:
        return weekly.imported, weekly.send("bench", url=transport)


def main() -> None:
    """Print a row per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=[5_000, 100_000])
    parser.add_argument("--transport", default="maildir:maildir")
    options = parser.parse_args()
    start_up = measure(1, options.transport)
    print(f"{'':>10}  {'import':^33}  {'send':^33}")
    print(f"{'recipients':>10}" + f"  {'rows/s':>9} {'ms/1000':>11} {'peak MB':>11}" * 2)
    for size in options.sizes:
        row = f"{size:>10,}"
        for cost, least in zip(measure(size, options.transport), start_up, strict=True):
            net = cost.minus(least)
            row += f"  {size / net.wall_seconds:>9,.0f} {net.cpu_seconds * 1e6 / size:>11,.0f}"
            row += f" {cost.peak_megabytes:>11,.0f}"
        print(row)
    print("ms/1000: milliseconds of processor time per 1,000 recipients. Rate and time without")
    print("start-up: the same command for one recipient is measured first and taken off.")


if __name__ == "__main__":
    main()
