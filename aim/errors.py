"""The errors a user can act on.

    AimError                     1  500   failed, nothing changed
    ├── UsageError               2  400   the call itself is wrong
    │   ├── UnknownName          2  404   no such feed, layer, area, run
    │   ├── UnknownSetting       2  500   an AIM_* variable that does not exist
    │   ├── AddressRefused       2  400   an address that may not be fetched from
    │   ├── UnfitPassword        2  400   a password that is too easy to guess
    │   └── NameTaken            2  409   an account or a key of that name is there
    ├── SignInNeeded             1  401   nobody knows who asks
    │   └── SignInFailed         1  401   a name and a password that do not go together
    ├── IdentityNotProven        1  400   an identity provider's answer that does not hold
    ├── NotAllowed               3  403   whoever asks may not have this
    ├── TooManyRequests          1  429   slow down
    ├── RequestTooLarge          1  413   more than a request may bring
    ├── AddressTooLong           1  414   an address longer than any of ours
    ├── RequestTooSlow           1  408   a request that does not come to its end
    ├── ServiceBusy              1  503   more to do than can be done in time
    ├── SetupError               1  503   something this machine lacks
    │   ├── DatabaseUnavailable  1  503
    │   ├── DatabaseFull         1  503   the disk of the database takes no more
    │   ├── ClusterError         1  503   the private cluster cannot be used
    │   ├── LogUnavailable       1  503   what cannot be logged is not done
    │   └── RolesMissing         1  503   the database lacks the roles that the service reads by
    ├── AuditBroken              1  500   the log is not what was written
    ├── SourceError              1  422   a file that cannot be read as what it should be
    │   ├── UnreadableFile       1  422   empty, cut short, not text, not the format
    │   ├── WrongColumns         1  422   the header is not this feed's
    │   ├── WrongProfile         1  422   the description of a feed says something impossible
    │   ├── WrongStrategy        1  422   a control strategy that says something impossible
    │   └── WrongAgreement       1  422   the description of an agreement says something impossible
    ├── FetchFailed              1  502   another server did not give what was asked for
    │   └── TryAgainLater        1  503   and it may do so later
    ├── SourceBusy               1  409   another process is at this source
    └── Refused                  3  409   refused for the data's sake
        ├── NoStudyArea          3  409
        ├── NoIncidents          3  409
        ├── TooCoarse            3  409   the data cannot bear cells this fine
        ├── LayerRefused         3  409   a question that the data do not answer, or that is not asked so
        ├── OtherKeys            3  409   a profile that would load everything twice
        ├── UnusualLoad          3  409   a delivery outside its feed's limits
        └── LastAdministrator    3  409   nobody could manage accounts any more

One base class means "show the sentence, not the traceback". The numbers are the exit code of `aim` and the HTTP status;
both are read from the class, so there is one table.
"""

from typing import ClassVar


class AimError(Exception):
    """Something failed and nothing was changed."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    seconds: float = 0.0
    """After which to try again; 0 where waiting alone does not help, or nobody knows how long."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    @property
    def slug(self) -> str:
        """The class name in kebab case: the `type` of an RFC 9457 problem."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class UsageError(AimError):
    """The call is wrong: see `aim --help`."""

    exit_code = 2
    status = 400


class UnknownName(UsageError):
    """There is nothing of that name."""

    status = 404


class UnknownSetting(UsageError):
    """An environment variable starts with AIM_ but is no setting: correct its spelling or unset it."""

    status = 500


class AddressRefused(UsageError):
    """The address may not be fetched from: only public servers over https are, and those that AIM_FETCH_ALLOW names."""


class UnfitPassword(UsageError):
    """The password is too easy to guess: choose another."""


class NameTaken(UsageError):
    """The name is taken: choose another."""

    status = 409


class SignInNeeded(AimError):
    """Sign in, or send a key: this is not for everybody."""

    status = 401


class SignInFailed(SignInNeeded):
    """The name or the password is wrong, or there were too many attempts: check both, or wait an hour."""


class IdentityNotProven(AimError):
    """What came back from the identity provider does not prove who you are: start again."""

    status = 400


class NotAllowed(AimError):
    """Your role does not allow this."""

    exit_code = 3
    status = 403


class TooManyRequests(AimError):
    """Too many requests: wait a little, then go on more slowly."""

    status = 429

    def __init__(self, message: str | None = None, seconds: float = 1.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class RequestTooLarge(AimError):
    """The request brings more than is taken here: send less at a time."""

    status = 413


class AddressTooLong(AimError):
    """The address is longer than any of this service: shorten the filter."""

    status = 414


class RequestTooSlow(AimError):
    """The request did not come to its end in time: send it again."""

    status = 408


class ServiceBusy(AimError):
    """The service has more to do than it can do in time: try again in a moment."""

    status = 503
    seconds: float = 2.0


class SetupError(AimError):
    """This machine lacks something: run `aim doctor`."""

    status = 503


class DatabaseUnavailable(SetupError):
    """The database does not answer: run `aim db status`, or check AIM_DATABASE_URL."""

    seconds: float = 2.0


class DatabaseFull(SetupError):
    """The disk of the database is full, and what was not finished was undone: make room, then do it again."""


class ClusterError(SetupError):
    """The private cluster cannot be used: run `aim doctor`."""


class LogUnavailable(SetupError):
    """The log cannot be written, and nobody sees what is not logged: try again, and if it stays so run `aim doctor`."""


class RolesMissing(SetupError):
    """The database lacks the roles that the service reads by: let a superuser make them."""


class AuditBroken(AimError):
    """The log is not what was written: keep the database as it is, and find out who could change it."""

    def __init__(self, message: str | None = None, line: int = 0, fault: str = "") -> None:
        super().__init__(message)
        self.line = line
        """The first that is wrong, or missing."""
        self.fault = fault
        """What was done to it."""


class SourceError(AimError):
    """The file cannot be loaded; nothing was changed."""

    status = 422


class UnreadableFile(SourceError):
    """The file is empty, cut short or not in the format it should be in; nothing was changed."""


class WrongColumns(SourceError):
    """The columns of the file are not those of this feed; nothing was changed."""


class WrongProfile(SourceError):
    """The profile is not one that can be used; nothing was changed."""


class WrongStrategy(SourceError):
    """The control strategy is not one that can be used; the one before stays in force."""


class WrongAgreement(SourceError):
    """The agreement is not one that can be loaded; nothing was changed."""


class FetchFailed(AimError):
    """The other server did not give what was asked for; what it gave before stays loaded."""

    status = 502


class TryAgainLater(FetchFailed):
    """The other server does not answer, or has no time: try again later."""

    status = 503

    def __init__(self, message: str | None = None, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class SourceBusy(AimError):
    """Another process is fetching from this source: wait until it has finished."""

    status = 409


class Refused(AimError):
    """Refused, because the data cannot bear it; nothing was changed."""

    exit_code = 3
    status = 409


class NoStudyArea(Refused):
    """There is no study area to score: load one with `aim areas load FILE --kind ward --partnership NAME`."""


class NoIncidents(Refused):
    """There are no incidents to score: load some with `aim ingest FEED FILE`."""


class TooCoarse(Refused):
    """The locations are too coarse for cells this fine: choose a coarser resolution."""


class LayerRefused(Refused):
    """The layer is not made: the data do not tell what it asks."""


class OtherKeys(Refused):
    """The profile tells incidents apart otherwise than the one they were loaded by: give the feed another name."""


class UnusualLoad(Refused):
    """The delivery is outside the limits of its feed: check the export, or load it with --accept-unusual."""


class LastAdministrator(Refused):
    """This is the last administrator: add or enable another one first."""
