"""The widget: `<plainscan-chat>`, the frame that holds it alone, and a clinic's site to see it on.

`element/` is its source, `plainscan-chat.js` is built from it (build.js) and is what the gateway serves.
"""
