"""Settings: `load` reads them whole; each section is a module of its own, named by what it is of."""

from cx_pipeline.settings.whole import Settings, load

__all__ = ["Settings", "load"]
