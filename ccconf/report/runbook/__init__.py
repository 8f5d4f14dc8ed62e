"""What no API can do, told to a person in the words of the vendor's own screens, with check boxes.

A plan's steps become values (`runbook`), and those Markdown, or one page in all languages of the vendor's guide.
"""

from ccconf.report.runbook.acts import act_steps as act_steps
from ccconf.report.runbook.page import html as html
from ccconf.report.runbook.story import runbook as runbook
from ccconf.report.runbook.task_list import markdown as markdown
from ccconf.report.runbook.values import FileRow as FileRow
from ccconf.report.runbook.values import Runbook as Runbook
from ccconf.report.runbook.values import plain as plain
from ccconf.report.runbook.vocabulary import languages_of as languages_of
