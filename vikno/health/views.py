"""The pages that machines ask: /readyz and /metrics. (/healthz is answered by the ASGI root, without a thread.)"""

from django.http import HttpRequest, HttpResponse, JsonResponse

from vikno.core import health
from vikno.core.middleware import NEAR
from vikno.health import metrics


def readyz(request: HttpRequest) -> HttpResponse:
    """200 if this process can answer pages, else 503. The words of each check only for who asks from nearby."""
    found = health.results()
    ready = health.is_ready(found)
    near = request.META.get(NEAR)
    checks = {
        name: {"ok": one.ok, "words": one.words, "value": one.value} if near else one.ok for name, one in found.items()
    }
    return JsonResponse(
        {"ready": ready, "checks": checks}, status=200 if ready else 503, headers={"Cache-Control": "no-store"}
    )


def figures(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, for this machine and its private network: strangers learn nothing from figures."""
    if not request.META.get(NEAR):
        return HttpResponse("Figures are told to the private network only.\n", status=403, content_type="text/plain")
    return HttpResponse(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")
