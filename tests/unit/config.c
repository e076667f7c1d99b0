#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "generated/protocol.h"
#include "tests/unit/test.h"

static struct config config;
static char out_text[32768], error_text[4096];

/* Runs the program's arguments, separated by spaces. */
static enum config_outcome run(const char *arguments)
{
    static char words[1024];
    char *argv[32] = {(char *)(uintptr_t) "parley"};
    int argc = 1;
    snprintf(words, sizeof(words), "%s", arguments);
    char *rest = words;
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (*word != '\0')
            argv[argc++] = word;
    }
    memset(out_text, 0, sizeof(out_text));
    memset(error_text, 0, sizeof(error_text));
    FILE *out = fmemopen(out_text, sizeof(out_text) - 1, "w");
    FILE *errors = fmemopen(error_text, sizeof(error_text) - 1, "w");
    enum config_outcome outcome = config_read(&config, argc, argv, out, errors);
    fclose(out);
    fclose(errors);
    return outcome;
}

static void forget_environment(void)
{
    static const char *const names[] = {"SERVER_HOST",     "SERVER_PORT", "ROOT_SERVICE",
                                        "ALLOWED_ORIGINS", "LOG_LEVEL",   "RUST_LOG",
                                        "PARLEY_WORKERS"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

TEST(defaults)
{
    forget_environment();
    EXPECT_EQ_INT(run(""), CONFIG_RUN);
    EXPECT_EQ_STR(config.host, "127.0.0.1");
    EXPECT_EQ_INT(config.port, 8080);
    EXPECT(config.http_port_on && !config.http_port_given);
    EXPECT_EQ_INT(config.http_port, 3001);
    EXPECT(config_lists(config.token_services, STR("game")));
    EXPECT(!config_lists(config.token_services, STR("chat")));
    EXPECT(config.workers >= 1);
    EXPECT_EQ_STR(config.root_service, "chat");
    EXPECT(config.tls_cert == NULL && config.allowed_origins_count == 0);
    EXPECT(!config.limit_loopback);
    EXPECT(config.connections_per_address_max >= 200);
    EXPECT_EQ_INT(config.strikes_max, STRIKES_MAX);
    EXPECT_EQ_INT(config.messages.max, 0);
    EXPECT_EQ_INT(config.log_level, LOG_INFO);
    EXPECT_EQ_STR(error_text, "");
}

TEST(the_address_argument)
{
    forget_environment();
    EXPECT_EQ_INT(run("0.0.0.0:9000"), CONFIG_RUN);
    EXPECT_EQ_STR(config.host, "0.0.0.0");
    EXPECT_EQ_INT(config.port, 9000);
    EXPECT_EQ_INT(run("[::1]:0 --workers 3"), CONFIG_RUN);
    EXPECT_EQ_STR(config.host, "::1");
    EXPECT_EQ_INT(config.port, 0);
    EXPECT_EQ_INT(config.workers, 3);
    static const char *const wrong[] = {"127.0.0.1",  "127.0.0.1:",      ":80",  "::1:80",
                                        "[::1]",      "127.0.0.1:65536", "a:80", "[127.0.0.1]:80",
                                        "1.2.3.4:+8", "[]:80",           "[:80"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        EXPECT_EQ_INT(run(wrong[i]), CONFIG_WRONG);
        EXPECT(strstr(error_text, "it must be ADDRESS:PORT") != NULL);
    }
}

TEST(the_command_line_goes_before_the_environment)
{
    forget_environment();
    setenv("SERVER_PORT", "1111", 1);
    setenv("SERVER_HOST", "0.0.0.0", 1);
    setenv("PARLEY_WORKERS", "", 1); /* as good as unset */
    EXPECT_EQ_INT(run(""), CONFIG_RUN);
    EXPECT_EQ_INT(config.port, 1111);
    EXPECT_EQ_STR(config.host, "0.0.0.0");
    EXPECT_EQ_INT(run("--port 2222 --host=::"), CONFIG_RUN);
    EXPECT_EQ_INT(config.port, 2222);
    EXPECT_EQ_STR(config.host, "::");
    EXPECT_EQ_INT(run("127.0.0.2:3333"), CONFIG_RUN);
    EXPECT_EQ_INT(config.port, 3333);
    EXPECT_EQ_INT(run("--check-config --port 2222"), CONFIG_CHECK);
    EXPECT(strstr(out_text, "host = 0.0.0.0  (SERVER_HOST)\n") != NULL);
    EXPECT(strstr(out_text, "port = 2222  (command line)\n") != NULL);
    EXPECT(strstr(out_text, "strikes-max = 200  (default)\n") != NULL);
    setenv("SERVER_PORT", "http", 1);
    EXPECT_EQ_INT(run("--check-config"), CONFIG_WRONG);
    EXPECT_EQ_STR(error_text,
                  "parley: SERVER_PORT is \"http\"; it must be a whole number from 0 to 65535\n");
    forget_environment();
}

TEST(mistakes_are_all_told_with_what_would_be_right)
{
    forget_environment();
    static const struct {
        const char *arguments, *said;
    } cases[] = {
        {"--workers 0", "--workers is \"0\"; it must be a whole number from 1 to 256\n"},
        {"--workers 4294967297", "--workers is \"4294967297\"; it must be"},
        {"--workers=2x", "--workers is \"2x\"; it must be"},
        {"--workers", "--workers needs a value: a whole number from 1 to 256\n"},
        {"--worker 2", "there is no option --worker; did you mean --workers?\n"},
        {"--conections-max 2", "did you mean --connections-max?\n"},
        {"--chek-config", "did you mean --check-config?\n"},
        {"--frobnicate 2", "there is no option --frobnicate; parley --help lists them\n"},
        {"--host example.org", "it must be a numeric address"},
        {"--root-service talk",
         "--root-service is \"talk\"; it must be one of: chat, live, game\n"},
        {"--limit-loopback=maybe", "it must be yes or no\n"},
        {"--log-level loud", "it must be off, error, warn, info or debug\n"},
        {"--allowed-origins example.org", "it must be up to 32 origins"},
        {"--allowed-origins https://a/b", "it must be up to 32 origins"},
        {"--allowed-origins https://a,,https://b", "it must be up to 32 origins"},
        {"--tls-cert /dev/null", "--tls-cert and --tls-key go together: --tls-key is missing\n"},
        {"--tls-cert /nowhere/x --tls-key /dev/null", "cannot be read: No such file or directory"},
        {"--jwt-secret s --jwt-public-key /dev/null", "exclude each other"},
        {"--jwt-public-key /nowhere/x", "cannot be read: No such file or directory"},
        {"--jwt-secret=", "--jwt-secret is \"\"; it must be a text that is not empty\n"},
        {"--idle-timeout-ms 1000 --ping-interval-ms 1000", "it must be more than"},
        {"--http-port on", "it must be a whole number from 0 to 65535, or off\n"},
        {"--token-services game,talk",
         "it must be some of: chat, live, game; separated by commas, or none\n"},
        {"--token-services game,", "it must be some of"},
        {"--drain-ms 3000 --drain-delay-ms 2000", "together they must be less than"},
        {"--admin-port 8080", "--admin-port is 8080; it must be another one than --port"},
        {"--http-port 3002 --admin-port 3002",
         "it must be another one than --port and --http-port"},
        {"--help=x", "--help takes no value\n"},
        {"--port 1 127.0.0.1:80", "\"127.0.0.1:80\" is not an option"},
        {"-x", "\"-x\" is not an option"},
        {"--workers 0 --port x --nothing", "--workers is \"0\""},
        {"--workers 0 --port x --nothing", "--port is \"x\""},
        {"--workers 0 --port x --nothing", "no option --nothing"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        EXPECT_EQ_INT(run(cases[i].arguments), CONFIG_WRONG);
        if (!EXPECT(strstr(error_text, cases[i].said) != NULL))
            printf("%s: %s", cases[i].arguments, error_text);
        EXPECT_EQ_STR(out_text, "");
    }
}

TEST(secrets_are_not_shown)
{
    forget_environment();
    setenv("JWT_SECRET", "hush-hush", 1);
    EXPECT_EQ_INT(run("--check-config --live-secret whisper --jwt-issuer https://id"),
                  CONFIG_CHECK);
    EXPECT(strstr(out_text, "jwt-secret = (set)  (JWT_SECRET)\n") != NULL);
    EXPECT(strstr(out_text, "live-secret = (set)  (command line)\n") != NULL);
    EXPECT(strstr(out_text, "jwt-issuer = https://id  (command line)\n") != NULL);
    EXPECT(strstr(out_text, "jwt-audience = none  (default)\n") != NULL);
    EXPECT(strstr(out_text, "hush") == NULL && strstr(out_text, "whisper") == NULL);
    unsetenv("JWT_SECRET");
    setenv("JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", 1);
    EXPECT_EQ_INT(run("--check-config"), CONFIG_CHECK);
    EXPECT(strstr(out_text, "jwt-public-key = -----BEGIN PUBLIC KEY-----  (JWT_PUBLIC_KEY)\n") !=
           NULL);
    unsetenv("JWT_PUBLIC_KEY");
}

TEST(values_of_each_kind)
{
    forget_environment();
    EXPECT_EQ_INT(run("--allowed-origins https://a.example,http://b:8080,* --limit-loopback "
                      "--message-rate-max 20 --log-format json --tls-cert /dev/null --tls-key "
                      "/dev/null --host localhost"),
                  CONFIG_RUN);
    EXPECT_EQ_INT(config.allowed_origins_count, 3);
    EXPECT_EQ_STR(config.allowed_origins[1], "http://b:8080");
    EXPECT(config.limit_loopback);
    EXPECT_EQ_INT(config.messages.max, 40);
    EXPECT_EQ_INT(config.messages.refill_ms, 50);
    EXPECT_EQ_INT(config.messages.refill, 1);
    EXPECT_EQ_INT(config.log_format, LOG_JSON);
    EXPECT_EQ_STR(config.tls_cert, "/dev/null");
    EXPECT_EQ_STR(config.host, "127.0.0.1");
    EXPECT_EQ_INT(run("--message-rate-max 600"), CONFIG_RUN);
    EXPECT_EQ_INT(config.messages.refill * 1000, config.messages.refill_ms * 600);
    EXPECT_EQ_INT(run("--limit-loopback=no"), CONFIG_RUN);
    EXPECT(!config.limit_loopback);
    EXPECT_EQ_INT(run("--http-port 0 --token-services chat,live"), CONFIG_RUN);
    EXPECT(config.http_port_on && config.http_port_given);
    EXPECT_EQ_INT(config.http_port, 0);
    EXPECT(config_lists(config.token_services, STR("live")));
    EXPECT(!config_lists(config.token_services, STR("game")));
    EXPECT_EQ_INT(run("--check-config --http-port off --token-services none"), CONFIG_CHECK);
    EXPECT(strstr(out_text, "http-port = off  (command line)\n") != NULL);
    EXPECT(strstr(out_text, "token-services = none  (command line)\n") != NULL);
    EXPECT(!config.http_port_on);
    EXPECT_EQ_INT(run("--check-config --allowed-origins https://a,https://b"), CONFIG_CHECK);
    EXPECT(strstr(out_text, "allowed-origins = https://a,https://b  (command line)\n") != NULL);
}

TEST(log_levels_from_the_environment)
{
    static const struct {
        const char *log_level, *rust_log;
        enum log_level expected;
    } cases[] = {
        {NULL, "debug", LOG_DEBUG},
        {NULL, "trace", LOG_DEBUG},
        {NULL, "WARN", LOG_WARN},
        {NULL, "hyper=debug", LOG_INFO},
        {NULL, "error,hyper=debug", LOG_ERROR},
        {NULL, "parley=debug,error", LOG_DEBUG},
        {NULL, "error,parley=off", LOG_OFF},
        {"warn", "debug", LOG_WARN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        forget_environment();
        setenv("RUST_LOG", cases[i].rust_log, 1);
        if (cases[i].log_level != NULL)
            setenv("LOG_LEVEL", cases[i].log_level, 1);
        EXPECT_EQ_INT(run(""), CONFIG_RUN);
        EXPECT_EQ_INT(config.log_level, cases[i].expected);
    }
    forget_environment();
    setenv("LOG_LEVEL", "loud", 1);
    EXPECT_EQ_INT(run(""), CONFIG_WRONG);
    forget_environment();
}

TEST(questions_are_answered)
{
    forget_environment();
    EXPECT_EQ_INT(run("--workers nonsense --help"), CONFIG_DONE);
    EXPECT(strstr(out_text, "Usage: parley [ADDRESS:PORT]") != NULL);
    EXPECT(strstr(out_text, "--strikes-max N  [PARLEY_STRIKES_MAX]\n") != NULL);
    EXPECT(strstr(out_text, "Exit codes") != NULL);
    EXPECT_EQ_INT(run("--version"), CONFIG_DONE);
    EXPECT_EQ_STR(out_text, "parley " PARLEY_VERSION " (protocol " PROTOCOL_HASH ")\n");
}
