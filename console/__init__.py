"""The admin site: branding, dashboard, pages that show several apps at once."""
