"""A small histogram of text lengths as inline SVG, before and after cleaning, in the look of `charts`.

    histogram(before, after, name="content")      # two reporting.lengths.Lengths

What cleaning took away is the outline above a filled bar; each bar says its numbers when it is pointed at.
"""

from markupsafe import Markup, escape

from vitrine.reporting.rows.lengths import Lengths, label

WIDTH, HEIGHT = 320, 120
LEFT, RIGHT, TOP, BOTTOM = 4, 316, 8, 98
FEWEST = 6  # bins, so that a bar never becomes a wall
TICK = 34  # the least room that the number under a bar needs


def histogram(before: Lengths, after: Lengths, *, name: str) -> Markup:
    """Bars from the first to the last length that occurs."""
    bins = list(zip(before.bins, after.bins, strict=True))
    held = [place for place, counts in enumerate(bins) if any(counts)]
    if not held:
        return Markup()
    first, last = held[0], max(held[-1], min(held[0] + FEWEST, len(bins)) - 1)
    first = max(0, min(first, last - FEWEST + 1))
    highest = max(max(counts) for counts in bins)
    step = (RIGHT - LEFT) / (last - first + 1)
    every = 1 + int(TICK // step)
    parts = [f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{BOTTOM}" y2="{BOTTOM}"/>']
    for place in range(first, last + 1):
        x = LEFT + step * (place - first)
        raw, clean = bins[place]
        said = f"{label(place)} characters: {clean:,} of {raw:,} texts kept"
        bars = [_bar("before", x, step, raw / highest), _bar("after", x, step, clean / highest)]
        parts.append(f"<g><title>{said}</title>{''.join(bars)}</g>")
        if (place - first) % every == 0:
            tick = _tick(place)
            parts.append(f'<text x="{x + step / 2:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{tick}</text>')
    span = f"from {after.shortest:,} to {after.longest:,} characters, mean {after.mean:,.0f}"
    told = f"Lengths of {name}: {after.texts:,} texts, {span}"
    return Markup(
        f'<svg class="histogram" role="img" aria-label="{escape(told)}" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'
    )


def _bar(kind: str, x: float, step: float, share: float) -> str:
    """A bar of which something is always seen where there is something."""
    height = max(1.0, share * (BOTTOM - TOP)) if share else 0.0
    gap = 0.12 * step
    return (
        f'<rect class="{kind}" x="{x + gap:.1f}" width="{step - 2 * gap:.1f}" y="{BOTTOM - height:.1f}" height="{height:.1f}"/>'
    )


def _tick(place: int) -> str:
    """Where the bin begins, short."""
    first = label(place).split("-")[0].removesuffix(" and more")
    return first.replace(",000", "k")
