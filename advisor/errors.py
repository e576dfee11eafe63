"""What can go wrong for a user, each as one line that says where, what was found and what to do."""


class AdvisorError(Exception):
    """Base of every error the user can mend; `str(error)` is one line fit for a terminal."""


class InputError(AdvisorError):
    """A model or history file that is damaged, unsafe, or not what it was taken for."""


class UsageError(AdvisorError):
    """Arguments that don't go together, or that leave nothing to check."""


class SettingsError(AdvisorError):
    """An unknown key or a wrong value in `[tool.advisor]`, in `ADVISOR_*` or in a flag."""


class RuleError(AdvisorError):
    """A rule file that is not a rule: unknown key, unknown measurement, wrong kind."""


class MissingExtraError(AdvisorError):
    """An optional dependency that is not installed; the message holds the pip command."""


class UntriedVersionError(AdvisorError):
    """A version of Keras or TensorFlow that keeps elsewhere what advisor needs of it."""
