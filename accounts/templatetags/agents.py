from django import template

from accounts.agents import describe

register = template.Library()
register.filter("program", describe)
