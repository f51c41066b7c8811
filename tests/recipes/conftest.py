import os
from pathlib import Path

here = Path(__file__).parent
settings = os.environ.get("DJANGO_SETTINGS_MODULE", "")
collect_ignore = [
    folder.name for folder in here.iterdir() if folder.is_dir() and settings != f"tests.recipes.{folder.name}.settings"
]
