"""How the staff site looks: names, colours, icon. Read by the settings, so nothing here may need them at import. Pure."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static


def product(_request: HttpRequest) -> str:
    return str(settings.PRODUCT_NAME)


def icon(_request: HttpRequest) -> str:
    return static("console/icon.svg")


def stylesheet(_request: HttpRequest) -> str:
    return static("console/admin.css")


# Petrol. White on 600, and 600 on white, keep a contrast above 4.5 (WCAG AA); so does 400 on the dark ground.
PRIMARY = {
    "50": "oklch(97.5% .013 220)",
    "100": "oklch(94.5% .028 220)",
    "200": "oklch(89% .05 220)",
    "300": "oklch(82% .08 220)",
    "400": "oklch(75% .1 220)",
    "500": "oklch(68% .105 222)",
    "600": "oklch(49% .09 225)",
    "700": "oklch(43% .08 226)",
    "800": "oklch(37% .068 228)",
    "900": "oklch(32% .055 230)",
    "950": "oklch(25% .042 232)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": product,
    "SITE_HEADER": product,
    "SITE_SUBHEADER": "Administration",
    "SITE_ICON": icon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "COLORS": {"primary": PRIMARY},
    "STYLES": [stylesheet],
    "COMMAND": {"search_models": False, "show_history": False},
    "ACCOUNT": {"navigation": "console.navigation.account"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "console.navigation.sidebar",
    },
}
