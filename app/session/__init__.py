"""What belongs to the server and to each visitor: the one user of st.session_state and of Streamlit's caches.

A page imports the module of its own name and nothing behind it. Each of these has ``arrive()``, with which a script run
of the page begins, and ``settings``, which stand between the URL and the widgets (:class:`app.session.url.Settings`).
"""
