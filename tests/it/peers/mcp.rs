//! Tools of real servers over HTTP: the protocol's own library for Python, of both generations, with
//! sessions and without.

use aldo::spec::{McpServer, Tools};
use aldo::tools::mcp::{Pins, Servers, connect};
use aldo::tools::{Approver, ToolOutcome, Toolbox};

use super::peer;
use crate::mcp::{in_runtime, outcome, say};
use crate::peer::Peer;
use crate::tools::Workshop;

async fn toolbox(workshop: &Workshop, url: &str) -> Toolbox {
    let servers = Servers::parse(&format!("[servers.peer]\nurl = \"{url}/mcp\"\n")).unwrap();
    let wanted = McpServer {
        server: "peer".to_owned(),
        allow: vec!["echo".to_owned(), "fails".to_owned()],
    };
    let pins = Pins::at(workshop.beside("pins/pins.json"));
    let (context, approver) = (workshop.context(), Approver::nobody(true));
    let tools = connect(&[wanted], &servers, &pins, &context, &approver).await;
    Toolbox::new(&Tools::default(), tools.unwrap(), approver, context)
}

#[test]
fn tools_of_real_servers_are_listed_and_called_over_http() {
    for generation in ["mcp-1", "mcp-2"] {
        let Some(python) = peer(&format!("{generation}/bin/python")) else {
            return;
        };
        for kind in ["sessions", "stateless"] {
            let server = Peer::mcp_server(&python, kind);
            in_runtime(async {
                let toolbox = toolbox(&Workshop::new(), &server.base_url()).await;
                for text in ["one", "zwei\n日本"] {
                    assert_eq!(
                        outcome(&toolbox, "echo", say(text)).await,
                        ToolOutcome::Done(text.to_owned()),
                        "{generation}, {kind}"
                    );
                }
                let failed = outcome(&toolbox, "fails", say("no disk")).await;
                assert!(
                    matches!(&failed, ToolOutcome::Failed(text) if text.contains("no disk")),
                    "{generation}, {kind}: {failed:?}"
                );
            });
        }
    }
}
