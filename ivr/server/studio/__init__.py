"""The studio: a page in the author's browser that shows a flow, rings it, and keeps calls as tests.

``door`` has the routes, ``guard`` and ``login`` say who may use them, ``trials`` are the calls the
page makes, ``rehearsals`` the flow tests that are run when something is saved, ``events`` what is
told while it happens, ``shown`` how things look as JSON. The page itself is in ``page``. For this
machine only: nothing of it answers under the public address.
"""
