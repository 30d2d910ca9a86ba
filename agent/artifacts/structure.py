"""The words that traces and HAR files are made of: a value equal to one must not take it out.

A file whose keys were marked would open nowhere. So these words stay, the gate finds the value in
them, and such a file is withheld as a whole.
"""

from __future__ import annotations

_KEYS = """
    version type origin browserName channel playwrightVersion platform wallTime monotonicTime
    sdkLanguage testIdAttributeName contextId options viewport width height deviceScaleFactor
    isMobile userAgent callId startTime endTime title class method params parentId point box x y
    time message result error name stack text args preview location url lineNumber columnNumber
    line column messageType pageId openerPageId snapshot phase snapshotName frameId frameUrl doctype
    html timestamp collectionTime isMainFrame resourceOverrides file ref frameSwapWallTime files
    stacks selector strict timeout button clickCount delay force modifiers noWaitAfter position
    trial scroll key state omitReturnValue waitTimeout expression isNot viewportSize event
    deltaX deltaY waitUntil value suggestedFilename
    log creator browser pages entries pageref startedDateTime id pageTimings onContentLoad onLoad
    request response cache timings dns connect ssl send wait receive blocked httpVersion cookies
    headers queryString postData mimeType headersSize bodySize status statusText content
    redirectURL size encoding path domain expires httpOnly secure sameSite serverIPAddress
    _frameref _resourceType _apiRequestRef _wasFulfilled _wasAborted _wasContinued _serverPort
    _monotonicTime _file _transferSize _failureText _webSocketMessages opcode data
    origins localStorage steps index outcome seconds artifacts kind reason hint code task run_id
    started_at snapshots
"""

_TAGS = """
    HTML HEAD BODY TITLE META LINK BASE STYLE SCRIPT NOSCRIPT TEMPLATE SLOT DIV SPAN P A B I U S EM
    STRONG SMALL BR HR H1 H2 H3 H4 H5 H6 UL OL LI DL DT DD TABLE THEAD TBODY TFOOT TR TD TH CAPTION
    COL COLGROUP FORM INPUT BUTTON SELECT OPTION OPTGROUP TEXTAREA LABEL FIELDSET LEGEND DATALIST
    OUTPUT PROGRESS METER IMG PICTURE SOURCE VIDEO AUDIO TRACK CANVAS SVG IFRAME EMBED OBJECT PARAM
    MAP AREA HEADER FOOTER MAIN NAV SECTION ARTICLE ASIDE FIGURE FIGCAPTION DETAILS SUMMARY DIALOG
    PRE CODE KBD SAMP VAR SUB SUP Q CITE ABBR TIME MARK DEL INS ADDRESS BLOCKQUOTE CENTER FONT
"""

_WORDS = """
    context-options before input log after console event frame-snapshot screencast-frame
    resource-snapshot action page pageClosed dialog download pageError send receive
    Frame Page BrowserContext Browser ElementHandle Tracing Dialog JSHandle Request Response
    goto fill click dblclick tap hover check uncheck press type reload goBack goForward expect
    evaluateExpression newPage close querySelector waitForSelector waitForTimeout selectOption
    innerText textContent inputValue getAttribute tracingGroup keyboardPress mouseMove mouseClick
    GET POST PUT PATCH DELETE HEAD OPTIONS HTTP/1.1 HTTP/2 http/1.1 h2
"""
KEYS = frozenset(_KEYS.split())
TAGS = frozenset(_TAGS.split())
_WORDS_AT = {name: frozenset(_WORDS.split()) for name in ("type", "class", "method", "phase")}


def is_structure(key: str, value: object = None) -> bool:
    """Whether a key is one of the formats' own; with a value, whether both are."""
    if value is None:
        return key in KEYS
    return isinstance(value, str) and value in _WORDS_AT.get(key, ())
