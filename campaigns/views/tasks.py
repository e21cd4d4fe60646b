"""The page of those who do the tasks that journeys ask people for."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.actions.tasks import finish
from campaigns.models import Task, TaskState
from campaigns.queries.tasks import PAGE, finished_tasks, open_tasks
from campaigns.usage import Use, names_of_journeys
from config.clock import utc_now
from customers.access import Actor, Right, brands_of
from customers.access.people import shown_now
from customers.links import address
from customers.profile.veil import Veil
from customers.queries.people import name_of
from customers.scope import scope_of

TONES = {TaskState.DONE.value: "ok", TaskState.NOT_DONE.value: "warn"}


@dataclass(frozen=True, slots=True)
class Row:
    """A task as the list shows it."""

    task: Task
    title: str
    instructions: str
    note: str
    who: str
    who_url: str
    journey: Use | None
    is_late: bool
    may_finish: bool

    @property
    def tone(self) -> str:
        """How the badge of its result looks."""
        return TONES.get(self.task.state, "")


@login_required
def task_list(request: HttpRequest) -> HttpResponse:
    """Open tasks, the most urgent first; with ?done the finished ones."""
    scope, now, actor = scope_of(request), utc_now(), Actor.of_request(request)
    is_done = "done" in request.GET
    tasks = finished_tasks(scope.brand_ids) if is_done else open_tasks(scope.brand_ids)
    page = Paginator(tasks, PAGE).get_page(request.GET.get("page"))
    named = names_of_journeys(sorted({task.journey_id for task in page}))
    shown = shown_now(actor, now)
    # Titles may name her, and notes are about her.
    veils = Veil.of_all((task.customer for task in page), shown.of)
    mine = set(brands_of(actor, Right.TAG_CUSTOMER).values_list("pk", flat=True))
    rows = [
        Row(
            task=task,
            title=veils[task.customer_id].text(task.title),
            instructions=veils[task.customer_id].text(task.instructions),
            note=veils[task.customer_id].text(task.note),
            who=name_of(task.customer, unmask=shown.of(task.customer)),
            who_url=address("customers:detail", task.customer_id),
            journey=named.get(task.journey_id),
            is_late=task.due_at < now,
            may_finish=task.brand_id in mine,
        )
        for task in page
    ]
    return render(request, "campaigns/tasks.html", {"rows": rows, "page": page, "is_done": is_done})


@login_required
@require_POST
def finish_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what became of a task."""
    rows = Task.objects.filter(brand_id__in=scope_of(request).brand_ids)
    task = rows.select_related("brand").filter(pk=pk).first()
    if task is None:
        raise Http404
    is_done = request.POST.get("result") == "done"
    note = request.POST.get("note", "")[:1000]
    try:
        finish(Actor.of_request(request), task, done=is_done, note=note, now=utc_now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Noted. The journey goes on with it."))
    return redirect("campaigns:tasks")
