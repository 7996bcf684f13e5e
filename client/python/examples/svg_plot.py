"""Line and dot plots as SVG text, with the standard library alone."""
import html
import math

COLOURS = ["#1f5fbf", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#555555",
           "#16a085", "#a04000"]
WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 80, 240, 40, 56


class Axis:
    """Maps values to pixels, on a linear or a logarithmic scale."""

    def __init__(self, values, first, last, log):
        self.log = log
        low, high = min(values), max(values)
        if log:
            self.low = math.floor(math.log10(low))
            self.high = max(math.ceil(math.log10(high)), self.low + 1)
        else:
            self.low, self.high = low, high if high > low else low + 1
        self.first, self.last = first, last

    def place(self, value):
        x = math.log10(value) if self.log else value
        share = (x - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    def ticks(self):
        if self.log:
            return [10.0 ** i for i in range(int(self.low), int(self.high) + 1)]
        step = (self.high - self.low) / 5
        return [self.low + i * step for i in range(6)]


def text(x, y, words, anchor="middle", colour="#222", turn=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'fill="{colour}"{turn}>{html.escape(words)}</text>')


def line(x1, y1, x2, y2, colour="#ddd"):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}"/>')


def grid(x_axis, y_axis):
    for tick in x_axis.ticks():
        x = x_axis.place(tick)
        yield line(x, y_axis.first, x, y_axis.last)
        yield text(x, y_axis.first + 18, f"{tick:,.6g}" if x_axis.log
                   else f"{tick:.2f}")
    for tick in y_axis.ticks():
        y = y_axis.place(tick)
        yield line(x_axis.first, y, x_axis.last, y)
        yield text(x_axis.first - 8, y + 4, f"{tick:,.6g}", anchor="end")


def one_series(index, name, points, x_axis, y_axis):
    colour = COLOURS[index % len(COLOURS)]
    places = [(x_axis.place(x), y_axis.place(y)) for x, y in points]
    for x, y in places:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    if len(places) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield (f'<polyline points="{path}" fill="none" stroke="{colour}" '
               'stroke-width="1.5"/>')
    key = TOP + 10 + 20 * index
    yield (f'<circle cx="{WIDTH - RIGHT + 20}" cy="{key}" r="4" '
           f'fill="{colour}"/>')
    yield text(WIDTH - RIGHT + 32, key + 4, name, anchor="start")


def plot(title, x_label, y_label, series, log_x=False, log_y=True):
    """SVG of {name: [(x, y), ...]}."""
    everything = [point for points in series.values() for point in points]
    x_axis = Axis([x for x, _ in everything], LEFT, WIDTH - RIGHT, log_x)
    y_axis = Axis([y for _, y in everything], HEIGHT - BOTTOM, TOP, log_y)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        text(LEFT, 22, title, anchor="start"),
        *grid(x_axis, y_axis),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_label),
        text(20, HEIGHT / 2, y_label,
             turn=f' transform="rotate(-90 20 {HEIGHT / 2})"'),
    ]
    for index, (name, points) in enumerate(series.items()):
        parts += one_series(index, name, points, x_axis, y_axis)
    return "\n".join([*parts, "</svg>", ""])
