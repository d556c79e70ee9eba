"""What each reader of a live page is sent: only regions that look different from the last time."""

from collections.abc import Iterator, Sequence

import orjson
from sqlmodel import Session
from starlette.requests import Request

from app.core.context import Context
from app.jobs.figures import chart_id, dense_curves
from app.jobs.metrics_pages import open_curves
from app.jobs.pages import JobPage, Tab, show_job
from app.jobs.summary import JobSummary
from app.jobs.tab_pages import content_of
from app.jobs.watching import Cursor, State, Update, feed_of
from app.web.language import use_language
from app.web.live import Look, Message
from app.web.render import render

FRAME = ("header", "alerts", "figures", "tabs")
MOST_NEW_POINTS = 1000


class Watch:
    """One open page. Called in a thread, now and then, with the cursor of what it was sent last."""

    def __init__(self, request: Request, context: Context, job_id: int, tab: str) -> None:
        self.request, self.context = request, context
        self.job_id, self.tab = job_id, tab if tab in set(Tab) else ""
        self.sent: dict[str, str] = {}

    def __call__(self, last_id: str) -> Look:
        cursor, state = Cursor.parse(last_id), self._read_state()
        if cursor == state.cursor:
            return Look(done=state.is_over)
        return Look(list(self._messages(cursor, state)), done=state.is_over)

    def _read_state(self) -> State:
        return feed_of(self.context.db).state_of(self.context.db, self.job_id)

    def _messages(self, cursor: Cursor, state: State) -> Iterator[Message]:
        """The last message moves the cursor: whoever lost the stream before gets all again."""
        update = feed_of(self.context.db).update_of(
            (self.job_id, cursor, state, self._audience()), lambda: self._compose(cursor, state)
        )
        new = {name: html for name, html in update.regions.items() if self.sent.get(name) != html}
        self.sent |= new
        events = [("", "".join(new.values())), *(("metric", points) for points in update.points)]
        for event, data in events[:-1]:
            yield Message(data, event)
        yield Message(events[-1][1], events[-1][0], str(update.cursor))

    def _compose(self, cursor: Cursor, state: State) -> Update:
        use_language(self.request)
        with self.context.db.read() as session:
            page = show_job(session, self.job_id, self.tab)
            regions = self._draw(page, FRAME)
            if self.tab:
                regions |= self._draw(page, [page.tab], content_of(self.context, session, page))
            charts = self.tab == Tab.METRICS
            points = self._points(session, page.summary, cursor, state) if charts else ()
            return Update(state.cursor, regions, list(points))

    def _draw(self, page: JobPage, names: Sequence[str], content: object = None) -> dict[str, str]:
        """Each as a partial, by its name."""
        template = "jobs/page/live.partials.html"
        answers = [
            render(self.request, template, name=name, page=page, content=content) for name in names
        ]
        return {
            name: bytes(answer.body).decode() for name, answer in zip(names, answers, strict=True)
        }

    def _points(
        self, session: Session, summary: JobSummary, cursor: Cursor, state: State
    ) -> Iterator[str]:
        curves = open_curves(self.context.db, session, summary)
        for chart in curves.charts:
            all_points = curves.read(chart)
            names = [*chart.metrics, *(each.metric for each in dense_curves(chart, all_points))]
            came = [all_points[name].after(cursor.step, state.cursor.step) for name in names]
            if any(map(len, came)):
                new = [series.thinned(MOST_NEW_POINTS) for series in came]
                points = {
                    "figure": chart_id(summary.id, chart),
                    "x": [series.steps.tolist() for series in new],
                    "y": [series.values.tolist() for series in new],
                }
                yield orjson.dumps(points).decode()

    def _audience(self) -> tuple[object, ...]:
        actor = self.request.state.actor
        root = self.request.scope.get("root_path", "")
        return use_language(self.request), actor.role, root, self.tab
