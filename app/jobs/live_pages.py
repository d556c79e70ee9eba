"""What each reader of a live page is sent: only regions that look different from the last time."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
from starlette.requests import Request

from app.core.context import Context
from app.jobs.feed import feed_of
from app.jobs.figures import chart_id, dense_curves
from app.jobs.metrics_pages import JobCurves, MetricsTab
from app.jobs.pages import JobPage, Tab, show_job
from app.jobs.tab_pages import content_of
from app.jobs.watching import Cursor, State
from app.web.language import choose_language, use_language
from app.web.live import Look, Message
from app.web.render import render

FRAME = ("header", "alerts", "figures", "tabs")
MOST_NEW_POINTS = 1000


@dataclass(frozen=True, slots=True)
class Update:
    """What takes a page to `cursor`: messages with the regions that look different and the points
    that are new. `regions` are all of them as they are now, by the names of their templates.
    """

    cursor: Cursor
    regions: Mapping[str, str]
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is in the story, and what it was sent last."""

    cursor: Cursor
    sent: Update | None = None

    @property
    def regions(self) -> Mapping[str, str]:
        return self.sent.regions if self.sent else {}


class Watch:
    """One open page."""

    def __init__(self, request: Request, context: Context, job_id: int, tab: str) -> None:
        self.request, self.context = request, context
        self.job_id, self.tab = job_id, tab if tab in set(Tab) else ""
        self.feed, self.place = feed_of(context.db), Place(Cursor())

    def __call__(self, last_id: str) -> Look:
        """What is new, in a thread: it may have to be read and drawn."""
        place = self._place_at(last_id)
        state = self.feed.get_state(self.context.db, self.job_id)
        if place.cursor == state.cursor:
            return Look(done=state.is_over)
        return self._send(state, self._draw_for(place, state))

    def at_hand(self, last_id: str) -> Look | None:
        """What is new, at once, if somebody else did the work already."""
        place, state = self._place_at(last_id), self.feed.find_state(self.job_id)
        if state is None:
            return None
        if place.cursor == state.cursor:
            return Look(done=state.is_over)
        update = self.feed.find_drawn(self._key(place, state))
        return self._send(state, update) if update else None

    def prepare(self, state: State) -> None:
        """Draw what this page is sent next, and with it all pages that are at the same place."""
        place = self.place
        if place.cursor != state.cursor:
            self._draw_for(place, state)

    def _place_at(self, last_id: str) -> Place:
        self.place = Place(Cursor.parse(last_id), self.place.sent)
        return self.place

    def _send(self, state: State, update: Update) -> Look:
        self.place = Place(update.cursor, update)
        return Look(update.messages, done=state.is_over)

    def _draw_for(self, place: Place, state: State) -> Update:
        key = self._key(place, state)
        return self.feed.get_drawn(key, lambda: self._compose(place, state))

    def _key(self, place: Place, state: State) -> Hashable:
        actor = self.request.state.actor
        root = self.request.scope.get("root_path", "")
        audience = (choose_language(self.request), actor.role, root, self.tab)
        shown = place.sent.cursor if place.sent else None
        return self.job_id, place.cursor, shown, state, audience

    def _compose(self, place: Place, state: State) -> Update:
        use_language(self.request)
        with self.context.db.read() as session:
            page = show_job(session, self.job_id, self.tab)
            regions, points = self._draw(page, FRAME), list[str]()
            if self.tab:
                content = content_of(self.context, session, page)
                regions |= self._draw(page, [page.tab], content)
                if isinstance(content, MetricsTab):
                    points = list(_points(content.curves, place.cursor.step, state.cursor.step))
        news = "".join(html for name, html in regions.items() if place.regions.get(name) != html)
        return Update(state.cursor, regions, _messages(state.cursor, news, points))

    def _draw(self, page: JobPage, names: Sequence[str], content: object = None) -> dict[str, str]:
        """Each as a partial, by its name."""
        template = "jobs/page/live.partials.html"
        answers = [
            render(self.request, template, name=name, page=page, content=content) for name in names
        ]
        return {
            name: bytes(answer.body).decode() for name, answer in zip(names, answers, strict=True)
        }


def _points(curves: JobCurves, first: int, last: int) -> Iterator[str]:
    """Of the steps after the first up to the last, for each chart that has any."""
    for chart in curves.charts:
        all_points = curves.read(chart)
        names = [*chart.metrics, *(each.metric for each in dense_curves(chart, all_points))]
        came = [all_points[name].after(first, last) for name in names]
        if any(map(len, came)):
            new = [series.thinned(MOST_NEW_POINTS) for series in came]
            points = {
                "figure": chart_id(curves.summary.id, chart),
                "x": [series.steps.tolist() for series in new],
                "y": [series.values.tolist() for series in new],
            }
            yield orjson.dumps(points).decode()


def _messages(cursor: Cursor, news: str, points: Sequence[str]) -> list[Message]:
    """The last one moves the cursor: whoever lost the stream before it gets all again."""
    messages = [Message(news), *(Message(each, "metric") for each in points)]
    return [*messages[:-1], replace(messages[-1], id=str(cursor))]
