#include "net/http/cors.h"

#include "net/http/answer.h"

/* For so long a browser need not ask again; they keep it for two hours at most. */
#define PREFLIGHT_AGE_S "600"

static bool is_listed(const struct head *head, const struct handshake_policy *policy)
{
    return head->origins == 1 && handshake_lists(policy, head->origin);
}

void cors_begin(h2o_req_t *request, const struct head *head, const struct handshake_policy *policy)
{
    if (policy->origins_count == 0)
        return;
    answer_header(request, "Vary", "Origin");
    if (is_listed(head, policy))
        answer_header(request, "Access-Control-Allow-Origin",
                      h2o_strdup(&request->pool, head->origin.base, head->origin.len).base);
}

bool cors_is_preflight(const struct head *head)
{
    return str_equal(head->method, STR("OPTIONS")) && head->origins > 0 && head->preflights > 0;
}

void cors_preflight(h2o_req_t *request, const struct head *head,
                    const struct handshake_policy *policy, struct str methods)
{
    if (!is_listed(head, policy)) {
        answer_refusal(request, 403, STR("this Origin is not allowed"));
        return;
    }
    answer_header(request, "Access-Control-Allow-Methods", methods.base);
    answer_header(request, "Access-Control-Allow-Headers", "Authorization, Content-Type");
    answer_header(request, "Access-Control-Max-Age", PREFLIGHT_AGE_S);
    answer(request, 204, (struct str){NULL, 0}, (struct str){NULL, 0});
}
