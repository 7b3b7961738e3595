//! The one table of everything that can go wrong for a caller. Answers, OpenAPI and `docs/errors.md` take from it.

use axum::http::StatusCode;

macro_rules! problems {
    ($($name:ident, $status:ident, $code:literal, $title:literal, $help:literal;)*) => {
        /// What went wrong, as a caller can act on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $help] $name,)*
        }

        impl Code {
            /// Every code, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable word for programs, the last part of `type`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The same few words for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it means and what to do.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }
        }
    };
}

problems! {
    InvalidJson, BAD_REQUEST, "invalid-json", "The body is not the JSON that was expected",
        "The body cannot be read as JSON, or a value in it has the wrong type. `line`, `column` and `path` say where.";
    InvalidRequest, BAD_REQUEST, "invalid-request", "The request is wrong",
        "A parameter, a field, a filter or a definition is wrong. `detail` says which and what was expected; repeating the request cannot help.";
    Unauthorized, UNAUTHORIZED, "unauthorized", "Log in first",
        "This request needs to know who asks, and nothing valid says so. Log in (`POST /v1/sessions`), or send `Authorization: Bearer` with a session's token, an API key, the issuer's token or the configured `admin_key`.";
    WrongCredentials, UNAUTHORIZED, "wrong-credentials", "The name or the password is wrong",
        "Nobody has this name and this password, or the current password that confirms a change is wrong. Which of the two is not told.";
    Forbidden, FORBIDDEN, "forbidden", "Not for this account or key",
        "Who asks is known and may not do this: it is somebody else's, for administrators, or beyond the key's scopes and collections. `detail` says which.";
    ForbiddenOrigin, FORBIDDEN, "forbidden-origin", "Not from this web page",
        "A browser sent a change on behalf of another site, or under a host name that is not this machine's. Until there is an administrator or an `admin_key` the service obeys its own machine only.";
    NotFound, NOT_FOUND, "not-found", "There is no such thing",
        "The collection, item, source, run, prompt or person does not exist, or no longer, or is not to be seen by whoever asks.";
    UnknownRoute, NOT_FOUND, "unknown-route", "There is no such address",
        "No route has this path. `/docs` lists them all.";
    MethodNotAllowed, METHOD_NOT_ALLOWED, "method-not-allowed", "This address knows other methods",
        "The path exists, but not with this method. The `Allow` header lists the methods.";
    Conflict, CONFLICT, "conflict", "The state has moved on",
        "What the request builds on has changed meanwhile, or is in use. Look again and decide anew.";
    AlreadyExists, CONFLICT, "already-exists", "It exists already",
        "Something else has this name already.";
    NameTaken, CONFLICT, "name-taken", "The name is taken",
        "Somebody has this name, or one that looks like it. Names differ without regard to case and to letters that look alike.";
    TooLarge, PAYLOAD_TOO_LARGE, "too-large", "The body is too large",
        "The body is over the limit that `detail` names. Send less at a time, or import a file.";
    UnsupportedMediaType, UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "This kind of body is not understood",
        "The `Content-Type` is none of those that the route takes; `detail` names them.";
    RateLimited, TOO_MANY_REQUESTS, "rate-limited", "Too often",
        "This address or account has done so too often within a minute. Try again after the seconds in `Retry-After`.";
    Internal, INTERNAL_SERVER_ERROR, "internal", "Something broke on our side",
        "An error of the service. Its log has the cause under `request_id`.";
    Unsupported, NOT_IMPLEMENTED, "unsupported", "The configured backend cannot do that",
        "The configured backend, or this build, lacks the function.";
    Busy, SERVICE_UNAVAILABLE, "busy", "At its limit just now",
        "The service is working at its limit. Try again after the seconds in `Retry-After`.";
    Unavailable, SERVICE_UNAVAILABLE, "unavailable", "A part of the service is away",
        "A part that the request needs cannot be used just now. `/readyz` and `catalejo check` say which one and what to do.";
    Timeout, SERVICE_UNAVAILABLE, "timeout", "No answer in time",
        "The request took longer than the configured limit and was given up. A change may or may not have been made.";
}

/// The table as a document for people.
pub fn errors_document() -> String {
    let mut text = String::from(
        "# Errors\n\n\
         Every error of the API is an RFC 9457 problem: `application/problem+json` with `type`, `title`, `status`, `detail`, \
         `instance`, `request_id` and `code`. Act on `code`; show `detail` to people. A `detail` of a 5xx never tells internals: \
         look for `request_id` in the log.\n\n\
         | code | status | meaning and what to do |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        text.push_str(&format!(
            "| <a id=\"{0}\"></a>`{0}` | {1} | **{2}.** {3} |\n",
            code.as_str(),
            code.status().as_u16(),
            code.title(),
            code.help()
        ));
    }
    text.push_str(
        "\nThe routes of the older services (`/ask`, `/login`, `/feed`, …) answer their own form, `{\"error\": …}`, with the same status.\n",
    );
    text
}
