"""Whether the system says that the network is gone. Nothing is probed; what it cannot tell is not claimed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation


class Network(QObject):
    """Listens to what the system says."""

    changed = Signal(bool)
    """Whether it is gone, as soon as that becomes another."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_gone = False

    def listen(self) -> None:
        """Begin. A network that leads nowhere is not gone: the agency's mail server may be in it."""
        if not QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            return
        system = QNetworkInformation.instance()
        system.reachabilityChanged.connect(self.heard)
        self.heard(system.reachability())

    def heard(self, reachability: QNetworkInformation.Reachability) -> None:
        """Take what the system says; "unknown" says nothing."""
        is_gone = reachability == QNetworkInformation.Reachability.Disconnected
        if is_gone != self._is_gone:
            self._is_gone = is_gone
            self.changed.emit(is_gone)
