"""Floor 4a: every HTML page and every picture. The only place with templates and matplotlib.

Pages are templates that extend one shell (`html.py`, `templates/`); they load nothing, and what
they show is escaped. Pictures (`figures.py`) are for where no page says it better: a plot that
MLflow shows in place. Whatever is drawn comes as a record; nothing is computed here but places.
"""
