"""What a pipeline on GitHub or GitLab does around one ccconf command: tell it where people read, keep the plan, find it
again when it was merged. `python -I -m ccconf.cli.ci plan` is all that a job has to say.
"""
