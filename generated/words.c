/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/chat_types.h"
#include "generated/game_types.h"
#include "generated/http_types.h"
#include "generated/live_types.h"

const struct str http_state_words[3] = {
    [HTTP_STATE_HEALTHY] = STR_INIT("healthy"),
    [HTTP_STATE_UNREADY] = STR_INIT("unready"),
    [HTTP_STATE_STOPPING] = STR_INIT("stopping"),
};

const struct str http_part_state_words[5] = {
    [HTTP_PART_STATE_HEALTHY] = STR_INIT("healthy"),
    [HTTP_PART_STATE_DISABLED] = STR_INIT("disabled"),
    [HTTP_PART_STATE_CONNECTING] = STR_INIT("connecting"),
    [HTTP_PART_STATE_AWAY] = STR_INIT("away"),
    [HTTP_PART_STATE_STOPPING] = STR_INIT("stopping"),
};

const struct str http_life_words[1] = {
    [HTTP_LIFE_ALIVE] = STR_INIT("alive"),
};

const struct str http_readiness_words[1] = {
    [HTTP_READINESS_READY] = STR_INIT("ready"),
};

const struct str http_server_log_level_words[5] = {
    [HTTP_SERVER_LOG_LEVEL_OFF] = STR_INIT("off"),
    [HTTP_SERVER_LOG_LEVEL_ERROR] = STR_INIT("error"),
    [HTTP_SERVER_LOG_LEVEL_WARN] = STR_INIT("warn"),
    [HTTP_SERVER_LOG_LEVEL_INFO] = STR_INIT("info"),
    [HTTP_SERVER_LOG_LEVEL_DEBUG] = STR_INIT("debug"),
};

const struct str http_trace_direction_words[2] = {
    [HTTP_TRACE_DIRECTION_IN] = STR_INIT("in"),
    [HTTP_TRACE_DIRECTION_OUT] = STR_INIT("out"),
};

const struct str live_mode_words[3] = {
    [LIVE_MODE_OPEN] = STR_INIT("open"),
    [LIVE_MODE_PTT] = STR_INIT("ptt"),
    [LIVE_MODE_CONFERENCE] = STR_INIT("conference"),
};

const struct str live_change_words[4] = {
    [LIVE_CHANGE_JOIN] = STR_INIT("join"),
    [LIVE_CHANGE_LEAVE] = STR_INIT("leave"),
    [LIVE_CHANGE_UPDATE] = STR_INIT("update"),
    [LIVE_CHANGE_DELETE] = STR_INIT("delete"),
};

const struct str live_indicator_words[4] = {
    [LIVE_INDICATOR_NORMAL] = STR_INIT("normal"),
    [LIVE_INDICATOR_BROADCAST] = STR_INIT("broadcast"),
    [LIVE_INDICATOR_IMMINENT_PERIL] = STR_INIT("imminent_peril"),
    [LIVE_INDICATOR_EMERGENCY] = STR_INIT("emergency"),
};

const struct str live_cause_words[5] = {
    [LIVE_CAUSE_PREEMPTED] = STR_INIT("preempted"),
    [LIVE_CAUSE_PING_TIMEOUT] = STR_INIT("ping_timeout"),
    [LIVE_CAUSE_MAX_DURATION] = STR_INIT("max_duration"),
    [LIVE_CAUSE_DISCONNECT] = STR_INIT("disconnect"),
    [LIVE_CAUSE_ADMIN] = STR_INIT("admin"),
};

const struct str live_denial_words[2] = {
    [LIVE_DENIAL_NOT_PUSH_TO_TALK] = STR_INIT("the channel is not push-to-talk"),
    [LIVE_DENIAL_NOT_YOURS] = STR_INIT("you neither have the floor nor wait for it"),
};

const struct str live_suite_words[2] = {
    [LIVE_SUITE_AES_CM_128_HMAC_SHA1_80] = STR_INIT("AES_CM_128_HMAC_SHA1_80"),
    [LIVE_SUITE_AEAD_AES_128_GCM] = STR_INIT("AEAD_AES_128_GCM"),
};
