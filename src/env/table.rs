//! The variables: name, key, meaning, default. The order of [`ALL`] is that of the reference.

use super::{Project, Variable};

/// Which runtimes are asked for models.
pub(crate) const LOCAL_DISCOVERY: Variable = variable(
    "ALDO_LOCAL_DISCOVERY",
    "local_discovery",
    "runtimes that are asked for models: a comma list of `ollama,lmstudio,vllm,llamacpp,mlx`, or `all`, or `none`; unset, `run` asks none and `doctor` all",
)
.project(Project::Tightens);
/// Where Ollama is.
pub(crate) const OLLAMA_BASE_URL: Variable = variable(
    "OLLAMA_BASE_URL",
    "ollama_base_url",
    "where Ollama is, when not on 127.0.0.1:11434; `OLLAMA_HOST` is read as well",
);
/// Where Ollama is, in Ollama's own form.
pub(crate) const OLLAMA_HOST: Variable = foreign(
    "OLLAMA_HOST",
    "where Ollama is, as Ollama itself writes it: the scheme may be missing",
);
/// Where LM Studio is.
pub(crate) const LM_STUDIO_BASE_URL: Variable = variable(
    "LM_STUDIO_BASE_URL",
    "lm_studio_base_url",
    "where LM Studio is, when not on 127.0.0.1:1234",
);
/// Where vLLM is.
pub(crate) const VLLM_BASE_URL: Variable = variable(
    "VLLM_BASE_URL",
    "vllm_base_url",
    "where vLLM is, when not on 127.0.0.1:8000",
);
/// Where llama.cpp's server is.
pub(crate) const LLAMACPP_BASE_URL: Variable = variable(
    "LLAMACPP_BASE_URL",
    "llamacpp_base_url",
    "where llama.cpp's server is, when not on 127.0.0.1:8080 or 9931",
);
/// Where the server of `mlx_lm` is.
pub(crate) const MLX_BASE_URL: Variable = variable(
    "MLX_BASE_URL",
    "mlx_base_url",
    "where mlx_lm's server is, when not on 127.0.0.1:8081",
);
/// The hosted plane.
pub(crate) const API_URL: Variable = variable(
    "ALDO_API_URL",
    "api_url",
    "the hosted plane that `--route hosted` runs agents on",
)
.default("https://ai.aldo.tech");
/// The key to the hosted plane.
pub(crate) const API_TOKEN: Variable = variable(
    "ALDO_API_TOKEN",
    "api_token",
    "the token of the hosted plane; without it nothing is hosted",
)
.secret();
/// No connection but loopback.
pub(crate) const OFFLINE: Variable = variable(
    "ALDO_OFFLINE",
    "offline",
    "`1`: no connection but loopback, for anything",
)
.default("0")
.project(Project::Tightens);
/// The Hugging Face switch of the same meaning.
pub(crate) const HF_HUB_OFFLINE: Variable = foreign(
    "HF_HUB_OFFLINE",
    "the same as `ALDO_OFFLINE`, as Hugging Face's tools spell it",
);
/// One folder for everything aldo keeps.
pub(crate) const HOME: Variable = variable(
    "ALDO_HOME",
    "home",
    "one folder for models, runs and sessions, in place of the XDG data and state folders",
);
/// The Hugging Face folder.
pub(crate) const HF_HOME: Variable = foreign(
    "HF_HOME",
    "the folder of Hugging Face's tools; models in its `hub` are candidates",
);
/// The Hugging Face cache.
pub(crate) const HF_HUB_CACHE: Variable = foreign(
    "HF_HUB_CACHE",
    "the Hugging Face cache itself, where it is not `hub` in `HF_HOME`",
);
/// The key to gated models.
pub(crate) const HF_TOKEN: Variable = foreign(
    "HF_TOKEN",
    "the token for gated models of the Hugging Face hub",
)
.secret();
/// The file with the key to gated models.
pub(crate) const HF_TOKEN_PATH: Variable = foreign(
    "HF_TOKEN_PATH",
    "the file with that token, where it is not `token` in `HF_HOME`",
);
/// Another hub.
pub(crate) const HF_ENDPOINT: Variable = foreign(
    "HF_ENDPOINT",
    "the address of the Hugging Face hub, where it is a mirror",
);
/// What a run may cost.
pub(crate) const RUN_USD_CAP: Variable = variable(
    "ALDO_RUN_USD_CAP",
    "run_usd_cap",
    "the most a run may cost, in US dollars",
)
.project(Project::Tightens);
/// How long a run may take.
pub(crate) const RUN_SECONDS_CAP: Variable = variable(
    "ALDO_RUN_SECONDS_CAP",
    "run_seconds_cap",
    "the most seconds a run may take, all agents of a tree together",
)
.default("3600")
.project(Project::Tightens);
/// The tier of agents that name none.
pub(crate) const DEFAULT_PRIVACY: Variable = variable(
    "ALDO_DEFAULT_PRIVACY",
    "default_privacy",
    "the privacy tier of agents that name none: `public`, `internal` or `sensitive`",
)
.default("internal")
.project(Project::Tightens);
/// Children at once.
pub(crate) const MAX_PARALLEL_CHILDREN: Variable = variable(
    "ALDO_MAX_PARALLEL_CHILDREN",
    "max_parallel_children",
    "how many children of a supervisor run at once",
)
.default("8")
.project(Project::Tightens);
/// Children of children.
pub(crate) const MAX_AGENT_DEPTH: Variable = variable(
    "ALDO_MAX_AGENT_DEPTH",
    "max_agent_depth",
    "how deep agents may start agents",
)
.default("5")
.project(Project::Tightens);
/// How long runs are kept.
pub(crate) const RUNS_KEEP_DAYS: Variable = variable(
    "ALDO_RUNS_KEEP_DAYS",
    "runs_keep_days",
    "how many days runs are kept; `0`: for ever",
)
.default("180");
/// How much room runs may take.
pub(crate) const RUNS_MAX_MB: Variable = variable(
    "ALDO_RUNS_MAX_MB",
    "runs_max_mb",
    "how many megabytes all runs together may take before the first ones go; `0`: no limit",
)
.default("2000");
/// Where the file tools read.
pub(crate) const FS_ROOT: Variable = variable(
    "ALDO_FS_ROOT",
    "fs_root",
    "the folder the file tools may read; unset, they are off",
);
/// Where the file tools write.
pub(crate) const FS_RW_ROOT: Variable = variable(
    "ALDO_FS_RW_ROOT",
    "fs_rw_root",
    "the folder the file tools may read and write",
);
/// Whether the shell tool is on.
pub(crate) const SHELL_ENABLED: Variable = variable(
    "ALDO_SHELL_ENABLED",
    "shell_enabled",
    "`1`: agents that ask for it may run programs in `ALDO_SHELL_ROOT`",
)
.default("0");
/// Where the shell tool works.
pub(crate) const SHELL_ROOT: Variable = variable(
    "ALDO_SHELL_ROOT",
    "shell_root",
    "the folder the shell tool works in",
);
/// What else the shell tool's programs read.
pub(crate) const SHELL_READ: Variable = variable(
    "ALDO_SHELL_READ",
    "shell_read",
    "folders that programs of tools may read besides the system's own, such as those of toolchains; between them a `:`",
);
/// Whether the git tool is on.
pub(crate) const GIT_ENABLED: Variable = variable(
    "ALDO_GIT_ENABLED",
    "git_enabled",
    "`1`: agents that ask for it may use git in `ALDO_GIT_ROOT`",
)
.default("0");
/// Where the git tool works.
pub(crate) const GIT_ROOT: Variable = variable(
    "ALDO_GIT_ROOT",
    "git_root",
    "the folder the git tool works in",
);
/// Whether the memory tool is on.
pub(crate) const MEMORY_ENABLED: Variable = variable(
    "ALDO_MEMORY_ENABLED",
    "memory_enabled",
    "`1`: agents that ask for it may remember things in `ALDO_MEMORY_ROOT`",
)
.default("0");
/// Where the memory tool keeps things.
pub(crate) const MEMORY_ROOT: Variable = variable(
    "ALDO_MEMORY_ROOT",
    "memory_root",
    "the folder the memory tool keeps its files in",
);
/// Whose memories there are.
pub(crate) const MEMORY_TENANTS: Variable = variable(
    "ALDO_MEMORY_TENANTS",
    "memory_tenants",
    "a comma list of the tenants whose memory may be used",
);
/// Runs of a bench.
pub(crate) const BENCH_RUNS: Variable = variable(
    "BENCH_RUNS",
    "bench_runs",
    "how often `aldo bench` repeats each layer",
)
.default("3")
.project(Project::Sets);
/// The prompt of a bench.
pub(crate) const BENCH_PROMPT: Variable =
    variable("BENCH_PROMPT", "bench_prompt", "the prompt of `aldo bench`").project(Project::Sets);
/// The length of a bench's answers.
pub(crate) const BENCH_MAX_TOKENS: Variable = variable(
    "BENCH_MAX_TOKENS",
    "bench_max_tokens",
    "how many tokens `aldo bench` lets a model write",
)
.default("256")
.project(Project::Sets);
/// The most vector instructions that models are computed with.
pub(crate) const CPU: Variable = foreign(
    "ALDO_CPU",
    "the most vector instructions that models are computed with: `scalar`, `neon`, `i8mm`, `avx2`, `avxvnni` or `avx512`; unset, all that the processor has",
);

/// Where spans of runs go.
pub(crate) const OTEL_ENDPOINT: Variable = variable(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "otel_endpoint",
    "the OpenTelemetry collector that spans of runs go to over HTTP, such as `http://127.0.0.1:4318`; unset, and in builds without the feature `otel`, nothing is sent",
);
/// Whether what was said is in the spans.
pub(crate) const OTEL_CONTENT: Variable = foreign(
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
    "`true`: spans hold prompts, answers, arguments and results as well; never those of sensitive runs",
);
/// Whether nothing is sent in spite of an endpoint.
pub(crate) const OTEL_DISABLED: Variable = foreign(
    "OTEL_SDK_DISABLED",
    "`true`: no spans are sent, whatever the endpoint",
);
/// Classes a model earns.
pub(crate) const EARNED_CLASSES: Variable = variable(
    "ALDO_EARNED_CLASSES",
    "routing.earned_classes",
    "classes that local models earn by their rating in `local-model-rating`: a comma list of `reasoning-medium,reasoning-small,fast-draft`, or `all`, or `none`",
)
.default("none");

/// Every variable, in the order of the reference.
pub(crate) const ALL: [Variable; 42] = [
    LOCAL_DISCOVERY,
    OLLAMA_BASE_URL,
    OLLAMA_HOST,
    LM_STUDIO_BASE_URL,
    VLLM_BASE_URL,
    LLAMACPP_BASE_URL,
    MLX_BASE_URL,
    API_URL,
    API_TOKEN,
    OFFLINE,
    HF_HUB_OFFLINE,
    HOME,
    HF_HOME,
    HF_HUB_CACHE,
    HF_TOKEN,
    HF_TOKEN_PATH,
    HF_ENDPOINT,
    RUN_USD_CAP,
    RUN_SECONDS_CAP,
    DEFAULT_PRIVACY,
    MAX_PARALLEL_CHILDREN,
    MAX_AGENT_DEPTH,
    RUNS_KEEP_DAYS,
    RUNS_MAX_MB,
    FS_ROOT,
    FS_RW_ROOT,
    SHELL_ENABLED,
    SHELL_ROOT,
    SHELL_READ,
    GIT_ENABLED,
    GIT_ROOT,
    MEMORY_ENABLED,
    MEMORY_ROOT,
    MEMORY_TENANTS,
    BENCH_RUNS,
    BENCH_PROMPT,
    BENCH_MAX_TOKENS,
    EARNED_CLASSES,
    OTEL_ENDPOINT,
    OTEL_CONTENT,
    OTEL_DISABLED,
    CPU,
];

const fn variable(name: &'static str, key: &'static str, meaning: &'static str) -> Variable {
    Variable {
        name,
        key: Some(key),
        meaning,
        default: "",
        secret: false,
        project: Project::Ignored,
    }
}

const fn foreign(name: &'static str, meaning: &'static str) -> Variable {
    Variable {
        key: None,
        ..variable(name, "", meaning)
    }
}

impl Variable {
    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    const fn project(self, project: Project) -> Self {
        Self { project, ..self }
    }
}
