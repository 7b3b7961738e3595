#!/usr/bin/env python3
"""A client of the lyrics network's services, written from their documentation alone.

Drives every route against a base URL, success and failure, and says what differs:

    seed_client.py http://127.0.0.1:8080

It knows two things that the documentation does not: passwords have eight characters or more, and whoever wants to act
in a name must have logged in under it (the cookie that /login sets). Needs a catalogue of songs for /ask.
"""

import http.cookiejar
import json
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request

HTTP_DATE = re.compile(r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")


class Client:
    """One browser or program: it keeps the cookies it is given."""

    def __init__(self, base):
        self.base = base
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def ask(self, method, path, body=None, form=None, **query):
        """The status and the JSON (or text) of an answer."""
        url = self.base + path
        if query:
            url += "?" + urllib.parse.urlencode(query)
        headers, data = {}, None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif form is not None:
            data = urllib.parse.urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with self.opener.open(request, timeout=60) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text


class Checks:
    """Counts what was as documented and keeps what was not."""

    def __init__(self):
        self.routes, self.passed, self.failures = set(), 0, []

    def check(self, route, what, condition, seen):
        self.routes.add(route)
        if condition:
            self.passed += 1
        else:
            self.failures.append(f"{route}: {what}: {seen}")

    def same(self, route, what, seen, expected):
        self.check(route, what, seen == expected, f"{seen!r}, not {expected!r}")


def is_prompt(row):
    return (
        set(row) == {"id", "username", "prompt", "date", "likes"}
        and isinstance(row["id"], int)
        and isinstance(row["likes"], int)
        and HTTP_DATE.match(row["date"]) is not None
    )


def embedding_service(c, client):
    c.same("GET /", "works", client.ask("GET", "/"), (200, "Funciona correctamente!"))
    status, body = client.ask("GET", "/status")
    numbers = isinstance(body, dict) and all(isinstance(x, float) for x in body.get("embedding", [None]))
    c.check("GET /status", "embedding and text", status == 200 and numbers and "text" in body, (status, str(body)[:80]))
    status, body = client.ask("POST", "/encode", {"text": "Hola"})
    whole = status == 200 and body.get("text") == "Hola" and len(body.get("embeddings", [])) > 0
    c.check("POST /encode", "embeddings and text", whole, (status, str(body)[:80]))
    missing = (400, {"error": "El campo 'text' es requerido"})
    c.same("POST /encode", "without text", client.ask("POST", "/encode", {}), missing)
    status, body = client.ask("GET", "/metrics")
    names = ["api_requests_total", "http_requests_total", "cache_misses_total", "embedding_generation_seconds"]
    c.check("GET /metrics", "the names", status == 200 and all(name in body for name in names), status)


def accounts(c, ana, bob, stranger, names, password):
    for client, name in [(ana, names[0]), (bob, names[1])]:
        done = client.ask("POST", "/register", {"username": name, "password": password})
        c.same("POST /register", "a new name", done, (200, {"status": "Usuario registrado con éxito"}))
    status, body = stranger.ask("POST", "/register", {"username": names[0], "password": password})
    c.check("POST /register", "a taken name", status >= 400 and "error" in body, (status, body))
    wrong = stranger.ask("POST", "/login", {"username": names[0], "password": "not-the-password"})
    c.same("POST /login", "a wrong password", wrong, (404, {"status": "Inicio fallido"}))
    for client, name in [(ana, names[0]), (bob, names[1])]:
        done = client.ask("POST", "/login", {"username": name, "password": password})
        c.same("POST /login", "the right one", done, (200, {"status": "Inicio de sesión exitoso"}))


def asking(c, client):
    status, songs = client.ask("POST", "/ask", {"question": "canciones sobre un tren en la noche"})
    whole = status == 200 and len(songs) == 10 and all(set(s) == {"name", "lyrics", "artists"} for s in songs)
    c.check("POST /ask", "ten songs", whole, (status, str(songs)[:200]))
    again = client.ask("POST", "/ask", {"question": "canciones sobre un tren en la noche"})
    c.same("POST /ask", "the same once more", again, (status, songs))
    missing = (400, {"error": "El campo 'question' es requerido"})
    c.same("POST /ask", "without a question", client.ask("POST", "/ask", {}), missing)


def prompts(c, ana, bob, stranger, names, word):
    text = f"música para {word}, 100% suave_"
    done = ana.ask("POST", "/publish", {"username": names[0], "prompt": text})
    c.same("POST /publish", "one", done, (200, {"status": "Prompt publicado con éxito"}))
    status, _ = ana.ask("POST", "/publish", {"username": names[1], "prompt": text})
    c.same("POST /publish", "in somebody else's name", status, 403)
    status, _ = stranger.ask("POST", "/publish", {"username": names[0], "prompt": text})
    c.same("POST /publish", "without having logged in", status, 401)

    status, body = stranger.ask("GET", "/search", keyword=f"para {word}, 100% s")
    found = body.get("results", []) if status == 200 else []
    as_documented = len(found) == 1 and is_prompt(found[0]) and found[0]["prompt"] == text
    c.check("GET /search", "part of the text", as_documented, (status, body))
    c.same("GET /search", "nothing", stranger.ask("GET", "/search", keyword=word + "x"), (200, {"results": []}))
    missing = (400, {"error": "El campo 'keyword' es requerido"})
    c.same("GET /search", "without a keyword", stranger.ask("GET", "/search"), missing)
    prompt = found[0]["id"] if found else 0

    liked = bob.ask("POST", "/like", {"username": names[1], "prompt_id": prompt})
    status = {"status": "Prompt liked and republished successfully", "updated_likes": 1}
    c.same("POST /like", "once", liked, (200, status))
    again = bob.ask("POST", "/like", {"username": names[1], "prompt_id": prompt})
    c.same("POST /like", "twice", again, (400, {"error": "You have already liked this prompt"}))
    unknown = bob.ask("POST", "/like", {"username": names[1], "prompt_id": 2**40})
    c.same("POST /like", "none", unknown, (404, {"error": "Prompt not found"}))
    status, _ = bob.ask("POST", "/like", {"username": names[0], "prompt_id": prompt})
    c.same("POST /like", "in somebody else's name", status, 403)
    status, body = bob.ask("GET", "/me/getMyPrompts", username=names[1])
    copies = [row for row in body.get("results", []) if row["prompt"] == text and row["likes"] == 0]
    c.check("POST /like", "republished under the liker's name", len(copies) == 1, body)
    return prompt, text


def my_prompts(c, ana, bob, names, prompt, text):
    status, body = ana.ask("GET", "/me/getMyPrompts", username=names[0])
    rows = body.get("results", [])
    mine = status == 200 and [row["id"] for row in rows] == [prompt] and is_prompt(rows[0])
    c.check("GET /me/getMyPrompts", "mine", mine and rows[0]["likes"] == 1, (status, body))
    missing = (400, {"error": "Username is required"})
    c.same("GET /me/getMyPrompts", "without a name", ana.ask("GET", "/me/getMyPrompts"), missing)
    status, _ = ana.ask("GET", "/me/getMyPrompts", username=names[1])
    c.same("GET /me/getMyPrompts", "somebody else's", status, 403)

    done = ana.ask("PUT", f"/updatePrompt/{prompt}", {"prompt": text + " más"})
    c.same("PUT /updatePrompt", "mine", done, (200, {"status": "Prompt updated successfully"}))
    empty = (400, {"error": "New prompt text is required"})
    c.same("PUT /updatePrompt", "without a text", ana.ask("PUT", f"/updatePrompt/{prompt}", {}), empty)
    unknown = (404, {"error": "Prompt not found"})
    c.same("PUT /updatePrompt", "none", ana.ask("PUT", f"/updatePrompt/{2**40}", {"prompt": "x"}), unknown)
    status, _ = bob.ask("PUT", f"/updatePrompt/{prompt}", {"prompt": "x"})
    c.same("PUT /updatePrompt", "somebody else's", status, 403)


def friends(c, ana, bob, stranger, names):
    status, body = stranger.ask("GET", "/friends/random")
    users = body.get("users", [])
    some = status == 200 and 0 < len(users) <= 20 and all(isinstance(name, str) for name in users)
    c.check("GET /friends/random", "names", some, (status, body))
    found = stranger.ask("GET", "/friends/search", username=names[1])
    c.same("GET /friends/search", "somebody", found, (200, {"user": {"username": names[1]}}))
    nobody = stranger.ask("GET", "/friends/search", username="nobody-of-this-name")
    c.same("GET /friends/search", "nobody", nobody, (404, {"user": None}))

    form = {"follower_username": names[1], "followee_username": names[0]}
    c.same("POST /follow", "somebody", bob.ask("POST", "/follow", form=form), (200, {"status": "Follow successful"}))
    c.same("POST /follow", "again", bob.ask("POST", "/follow", form=form), (400, {"status": "Already following"}))
    status, _ = ana.ask("POST", "/follow", form=form)
    c.same("POST /follow", "in somebody else's name", status, 403)
    friends = bob.ask("GET", "/friends", follower_id=names[1])
    c.same("GET /friends", "mine", friends, (200, {"friends": [{"username": names[0]}]}))
    missing = (400, {"status": "Error", "message": "follower_username is required"})
    c.same("GET /friends", "without a name", bob.ask("GET", "/friends"), missing)

    status, body = bob.ask("GET", "/feed", username=names[1])
    feed = body.get("feed", [])
    authors = {row["username"] for row in feed}
    ordered = [row["id"] for row in feed] == sorted((row["id"] for row in feed), reverse=True)
    whole = status == 200 and authors == set(names) and ordered and all(map(is_prompt, feed))
    c.check("GET /feed", "mine and my friends', the newest first", whole, (status, body))
    c.same("GET /feed", "without a name", bob.ask("GET", "/feed"), (400, {"error": "Username is required"}))
    status, _ = bob.ask("GET", "/feed", username=names[0])
    c.same("GET /feed", "somebody else's", status, 403)


def me(c, ana, stranger, names, password):
    profile = ana.ask("GET", "/me/getProfile", {"username": names[0]})
    c.same("GET /me/getProfile", "mine", profile, (200, {"results": [names[0]]}))
    status, _ = ana.ask("GET", "/me/getProfile", {"username": names[1]})
    c.same("GET /me/getProfile", "somebody else's", status, 403)

    changed = password + "-2"
    done = {"status": "Usuario registrado con éxito"}
    wrong = ana.ask("POST", "/me/updatePassword", {"username": names[0], "password": "not-mine", "newPassword": changed})
    c.same("POST /me/updatePassword", "with a wrong one", wrong, (403, {"error": "Invalid username or password"}))
    right = ana.ask("POST", "/me/updatePassword", {"username": names[0], "password": password, "newPassword": changed})
    c.same("POST /me/updatePassword", "with the right one", right, (200, done))

    def rename(password, new):
        return ana.ask("POST", "/me/updateUsername", {"username": names[0], "password": password, "newUsername": new})

    new = names[0] + ".new"
    wrong = (403, {"error": "Invalid username or password"})
    c.same("POST /me/updateUsername", "with a wrong password", rename(password, new), wrong)
    c.same("POST /me/updateUsername", "to a taken name", rename(changed, names[1]), (400, {"error": "Username already exists"}))
    c.same("POST /me/updateUsername", "to a free name", rename(changed, new), (200, done))
    entered = stranger.ask("POST", "/login", {"username": new, "password": changed})
    c.same("POST /login", "with new name and password", entered, (200, {"status": "Inicio de sesión exitoso"}))
    status, body = ana.ask("GET", "/me/getMyPrompts", username=new)
    followed = status == 200 and body["results"] and all(row["username"] == new for row in body["results"])
    c.check("POST /me/updateUsername", "the prompts follow", followed, (status, body))


def delete(c, ana, bob, prompt):
    status, _ = bob.ask("DELETE", f"/deletePrompts/{prompt}")
    c.same("DELETE /deletePrompts", "somebody else's", status, 403)
    done = (200, {"status": "Prompt and associated likes deleted successfully"})
    c.same("DELETE /deletePrompts", "mine", ana.ask("DELETE", f"/deletePrompts/{prompt}"), done)
    gone = (404, {"error": "Prompt not found"})
    c.same("DELETE /deletePrompts", "once more", ana.ask("DELETE", f"/deletePrompts/{prompt}"), gone)


def main(base):
    c, password, word = Checks(), "secreta-123", secrets.token_hex(4)
    names = [f"ana-{word}", f"bob-{word}"]
    ana, bob, stranger = Client(base), Client(base), Client(base)
    embedding_service(c, stranger)
    accounts(c, ana, bob, stranger, names, password)
    asking(c, stranger)
    prompt, text = prompts(c, ana, bob, Client(base), names, word)
    my_prompts(c, ana, bob, names, prompt, text)
    friends(c, ana, bob, stranger, names)
    me(c, ana, stranger, names, password)
    delete(c, ana, bob, prompt)
    for failure in c.failures:
        print(f"✗ {failure}")
    for route in sorted(c.routes):
        print(f"  {route}")
    print(f"{len(c.routes)} routes, {c.passed} checks passed, {len(c.failures)} failed")
    return 1 if c.failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} BASE_URL")
    sys.exit(main(sys.argv[1].rstrip("/")))
