//! What `run`, `agents check`, `models ls` and bare `aldo` make of runtimes.

use insta::assert_snapshot;

use super::super::TestEnv;
use super::super::recorded::Recorded;
use super::{all_five, asking, refs, shown};

#[test]
fn nothing_is_probed_by_run_and_check_unless_it_is_turned_on() {
    let env = TestEnv::new();
    let ollama = Recorded::ollama(&[("qwen3:4b", 40_960, &["completion", "tools"])]);
    let servers = [("OLLAMA_BASE_URL", &ollama)];
    for args in [["agents", "check", "hello"], ["run", "hello", "--dry-run"]] {
        let ran = asking(env.aldo(args), &servers).run().exits(0);
        assert!(ran.stdout.contains("aldo-nano"), "{ran}");
        assert!(!ran.stdout.contains("qwen3:4b"), "{ran}");
    }
    assert_eq!(ollama.asked(), [""; 0]);
    for args in [["agents", "check", "hello"], ["run", "hello", "--dry-run"]] {
        let ran = asking(env.aldo(args), &servers)
            .env("ALDO_LOCAL_DISCOVERY", "ollama")
            .run()
            .exits(0);
        assert!(ran.stdout.contains("qwen3:4b"), "{ran}");
    }
    assert!(!ollama.asked().is_empty());
}

#[test]
fn check_traces_across_runtimes() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ran = asking(env.aldo(["agents", "check", "hello"]), &servers)
        .env("ALDO_LOCAL_DISCOVERY", "all")
        .run();
    assert_snapshot!(shown(&ran, &servers), @r#"
        exit 0
        --- stdout
        hello 0.1.0  routable
        runs on  gemma-3-4b-it-Q4_K_M.gguf (llamacpp, local) as local-reasoning, at most $0.000000
        tier     internal

        class            candidate                          provider  step
        local-reasoning  aldo-nano                          candle    order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: the built-in model is for demonstration and comes last
        local-reasoning  qwen3:4b                           ollama    order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids
        local-reasoning  nomic-embed-text:latest            ollama    class    it serves `embeddings`, not `local-reasoning`
        local-reasoning  gpt-oss:120b-cloud                 ollama    privacy  its operator does not allow `internal` data on it
        local-reasoning  qwen/qwen3.6-35b-a3b               lmstudio  order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids
        local-reasoning  meta-llama/Llama-3.3-70B-Instruct  vllm      order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids
        local-reasoning  gemma-3-4b-it-Q4_K_M.gguf          llamacpp  chosen
        local-reasoning  mlx-community/Qwen3-4B-4bit        mlx       order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids

        runtime   address          answer
        ollama    127.0.0.1:OLLAM  serves 3 models, version 0.33.0
        lmstudio  127.0.0.1:LMSTU  serves 1 model
        vllm      127.0.0.1:VLLM-  serves 1 model, version 0.32.0
        llamacpp  127.0.0.1:LLAMA  serves 1 model, version b11669-0123abcd
        mlx       127.0.0.1:MLX--  serves 1 model
        "#);
}

#[test]
fn ls_and_bare_aldo_show_the_runtimes() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ls = asking(env.aldo(["models", "ls"]), &servers).env("ALDO_LOCAL_DISCOVERY", "ollama,mlx");
    assert_snapshot!(shown(&ls.run(), &servers), @r#"
        exit 0
        --- stdout
        id         architecture  type  weights  size    context  where
        aldo-nano  qwen3         Q8_0  4.1 M    4.4 MB  2048     built in

        model                        provider  locality  context  can
        qwen3:4b                     ollama    local     40960    reasoning, structured-output, tool-use
        nomic-embed-text:latest      ollama    local     2048     embeddings
        gpt-oss:120b-cloud           ollama    cloud     131072   reasoning, structured-output, tool-use
        mlx-community/Qwen3-4B-4bit  mlx       local     131072   reasoning, structured-output, tool-use

        runtime  address          answer
        ollama   127.0.0.1:OLLAM  serves 3 models, version 0.33.0
        mlx      127.0.0.1:MLX--  serves 1 model
        "#);
    assert_snapshot!(shown(&asking(env.aldo([]), &servers).run(), &servers), @r#"
        exit 0
        --- stdout
        aldo 0.1.0

        in process  aldo-nano (built in, for demonstration)
        hosted      no, `ALDO_API_TOKEN` is not set

        runtime   address          answer
        ollama    127.0.0.1:OLLAM  serves 3 models, version 0.33.0
        lmstudio  127.0.0.1:LMSTU  serves 1 model
        vllm      127.0.0.1:VLLM-  serves 1 model, version 0.32.0
        llamacpp  127.0.0.1:LLAMA  serves 1 model, version b11669-0123abcd
        mlx       127.0.0.1:MLX--  serves 1 model

        next: ALDO_LOCAL_DISCOVERY=ollama aldo run hello
        "#);
}
