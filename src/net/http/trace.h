/* trace.h: the trace that a handshake says it belongs to (W3C Trace Context, 3.2), for the log
 * lines of its connection: whoever looks for a request in the traces of what stands in front of
 * this server finds it in the log too. */
#ifndef PARLEY_NET_HTTP_TRACE_H
#define PARLEY_NET_HTTP_TRACE_H

#include "base/log.h"
#include "base/str.h"

/* In lower-case hexadecimal, as they are written everywhere. */
struct trace {
    char id[32];
    char span[16]; /* the sender's part of the trace */
};

/* What a traceparent header says, to be given to free(); NULL when it is not valid, which is to be
 * ignored, or when memory is short. */
struct trace *trace_new(struct str traceparent);

/* Log fields; where there is no trace they end the list. */
static inline struct log_field trace_id(const struct trace *trace)
{
    return trace != NULL ? log_text("trace_id", (struct str){trace->id, sizeof trace->id})
                         : LOG_END;
}
static inline struct log_field trace_span(const struct trace *trace)
{
    return trace != NULL ? log_text("span_id", (struct str){trace->span, sizeof trace->span})
                         : LOG_END;
}

#endif
