"""What belongs to a visitor and to the server; alone uses st.session_state and Streamlit's caches.

A page imports the module made for it, and ``visitor``. The module of a page has ``arrive()``, with which each script
run of the page begins, and ``settings``, which stand between the URL and the widgets (see ``app.session.url``). The
front page and "Robustness" have a folder each: ``screen`` is the module with these and with what is on screen,
``source`` says what a browser is sent of it, and ``actions`` is what the buttons and widgets do.
"""
