"""Django's settings, split by subject. Everything an operator may set is read with `config.env`."""

from config.settings.base import *
from config.settings.interface import *
from config.settings.logging import *
from config.settings.security import *
from config.settings.services import *
from config.settings.work import *
