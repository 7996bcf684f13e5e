"""Errors of calls."""
from __future__ import annotations

import grpc


class MongooseError(Exception):
    """A call that the server refused or that did not reach it.

    code: the status; message: field, rule and value where the call was at
    fault.
    """

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message

    @classmethod
    def of(cls, error: grpc.RpcError) -> MongooseError:
        """The same of an error that gRPC raised."""
        return cls(error.code(), error.details() or "")
