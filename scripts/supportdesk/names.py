"""Names of people, towns, streets and countries from which slots.py draws (regions: uk, ie, nl, de)."""

from __future__ import annotations


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(item.split()) for item in text.split(",") if item.strip())


FEMALE: dict[str, tuple[str, ...]] = {
    "british": _listed(
        """Margaret, Susan, Jean, Grace, Rose, May, Hope, Ivy, Daisy, Poppy, Heather, Joy, Faith, Dawn, Holly, Ruby,
        Amber, Pearl, Charlotte, Emily, Harriet, Imogen, Beatrice, Philippa, Bronwen, Carys, Sian, Eilidh, Morag,
        Kirsty, Gemma, Stacey, Lorraine, Denise, Tracey, Janine, Olive, Violet, Iris, Bethan, Freya, Maisie, Rosalind,
        Winifred, Gwen"""
    ),
    "irish": _listed(
        """Aoife, Niamh, Siobhan, Ciara, Roisin, Sinead, Orla, Grainne, Maeve, Deirdre, Caoimhe, Saoirse, Fionnuala,
        Brid, Una"""
    ),
    "dutch": _listed(
        """Sanne, Femke, Anouk, Lotte, Marijke, Ilse, Roos, Fleur, Maaike, Nienke, Hanneke, Wil, Tineke, Josien, Mirthe,
        Eefje, Saskia, Annelies, Marloes, Yvonne"""
    ),
    "german": _listed(
        """Annika, Heike, Ute, Birgit, Svenja, Leonie, Katharina, Gisela, Wiebke, Jutta, Ronja, Mareike, Franziska, Anke,
        Greta, Silke"""
    ),
    "southasian": _listed(
        """Priya, Ananya, Fatima, Ayesha, Deepika, Shreya, Nadia, Meera, Zainab, Kavita, Sunita, Asha, Rukhsana, Harpreet"""
    ),
    "african": _listed("""Ngozi, Amara, Adaeze, Efua, Wanjiru, Thandiwe, Folake, Abena, Zodwa, Chiamaka, Makena, Yewande"""),
    "eastern": _listed(
        """Agnieszka, Zuzanna, Ioana, Katya, Oksana, Milena, Jadwiga, Ilinca, Dorota, Rasa, Iveta, Svetla, Petra"""
    ),
    "turkish": _listed("""Elif, Zeynep, Leila, Yasmin, Hatice, Samira, Derya, Noor, Rania, Shirin"""),
    "asian": _listed("""Mei, Xiu, Linh, Yuki, Soo-jin, Hana, Wing, Thuy, Keiko, Marisol, Jing"""),
    "iberian": _listed("""Ines, Beatriz, Lucia, Catarina, Chiara, Giulia, Paloma, Rosario, Montserrat, Fabiola"""),
}

MALE: dict[str, tuple[str, ...]] = {
    "british": _listed(
        """Will, Mark, Bill, Rob, Jack, Art, Guy, Miles, Dean, Drew, Grant, Frank, Rich, Pat, Sandy, Rowan, Ash, Kit,
        Basil, Clive, Graham, Nigel, Trevor, Alistair, Hamish, Gareth, Rhys, Dylan, Callum, Fergus, Angus, Barnaby,
        Rupert, Jasper, Stuart, Derek, Ken, Alan, Howard, Leonard, Toby, Freddie, Wayne, Darren, Malcolm"""
    ),
    "irish": _listed(
        """Cormac, Padraig, Eoin, Declan, Ronan, Oisin, Cathal, Fintan, Donal, Seamus, Colm, Diarmuid, Tadhg, Niall,
        Lorcan"""
    ),
    "dutch": _listed(
        """Lukas, Daan, Bram, Jeroen, Pieter, Wouter, Sjoerd, Thijs, Joost, Kees, Maarten, Ruben, Henk, Sander, Gijs,
        Bas, Stijn, Teun, Rutger, Job, Marijn"""
    ),
    "german": _listed(
        """Jonas, Klaus, Dieter, Matthias, Torsten, Jürgen, Lennart, Holger, Uwe, Moritz, Sebastian, Ralf, Hannes,
        Friedrich, Till, Volker"""
    ),
    "southasian": _listed(
        """Arjun, Imran, Rajesh, Sanjay, Harjit, Tariq, Vikram, Rohan, Bilal, Nikhil, Faisal, Gurdeep, Suresh, Anand"""
    ),
    "african": _listed("""Chidi, Kwame, Tunde, Sipho, Emeka, Kofi, Babajide, Tendai, Mandla, Obinna, Juma, Ekow"""),
    "eastern": _listed(
        """Pawel, Krzysztof, Radu, Bogdan, Mikhail, Tomasz, Zoltan, Andrei, Jaroslav, Marek, Vytautas, Stoyan, Lubos"""
    ),
    "turkish": _listed("""Mehmet, Emre, Yusuf, Omar, Hassan, Karim, Serkan, Khalid, Burak, Reza"""),
    "asian": _listed("""Wei, Jun, Minh, Kenji, Haruto, Jae-won, Chen, Duc, Rodel, Kai, Hiroshi"""),
    "iberian": _listed("""Mateo, Joao, Diego, Paolo, Lorenzo, Rafael, Tiago, Gonzalo, Massimo, Xavier"""),
}

SURNAMES: dict[str, tuple[str, ...]] = {
    "british": _listed(
        """Holloway, Pritchard, Baker, Price, Bell, Wood, Field, Day, Long, Short, Marsh, Banks, Frost, Winter, Summers,
        Bush, Chambers, Cook, Fisher, Porter, Sharp, Strong, Young, Best, Rich, Case, Church, Pope, Penny, Hook,
        Drake, Finch, Crane, Starling, Ashworth, Bickerstaff, Cartwright, Dunmore, Eastwood, Fairclough, Gillespie,
        Hargreaves, Inglis, Jessop, Kershaw, Lockwood, MacLeod, Naylor, Ogden, Pemberton, Ramsbottom, Shuttleworth,
        Thackeray, Underhill, Whitaker, Wetherby, Llewellyn, Griffiths, Bevan, Sutherland"""
    ),
    "irish": _listed(
        """O'Brien, Murphy, Gallagher, Kavanagh, O'Sullivan, Doherty, Byrne, Fitzgerald, McGrath, Hanrahan, Duffy, Nolan,
        Keane, O'Dowd, Tierney"""
    ),
    "dutch": _listed(
        """de Vries, van den Berg, Bakker, Jansen, Visser, de Boer, Mulder, van Dijk, Hoekstra, Dekker, Kuipers, van der
        Meer, Smit, Vermeulen, de Wit, Postma, Brouwer, ter Horst, Schouten, van Leeuwen"""
    ),
    "german": _listed(
        """Schneider, Becker, Hoffmann, Krüger, Lange, Vogel, Brandt, Zimmermann, Weiß, Schubert, Kowalke, Ehlers,
        Petersen, Winkler, Baumann, Seidel, Riedel, Voigt, Haas, Engel"""
    ),
    "southasian": _listed(
        """Nair, Patel, Khan, Sharma, Iyer, Chaudhry, Begum, Singh, Desai, Malik, Rahman, Kapoor, Fernando, Siddiqui,
        Bose, Reddy, Gill, Thapa"""
    ),
    "african": _listed(
        """Okafor, Adeyemi, Mensah, Mwangi, Dlamini, Boateng, Eze, Nkosi, Owusu, Banda, Kamau, Balogun, Achebe, Asante,
        Moyo"""
    ),
    "eastern": _listed(
        """Kowalski, Nowak, Popescu, Wisniewska, Ivanov, Horvath, Zielinski, Petrov, Novotny, Kazlauskas, Lewandowski,
        Dimitrov, Balogh, Ozols"""
    ),
    "turkish": _listed("""Yilmaz, Demir, Kaya, Haddad, Rahimi, Sayed, Aydin, Nasser, Mansour, Farouk, Celik, Jafari"""),
    "asian": _listed("""Wong, Chen, Nguyen, Tanaka, Kim, Lau, Tran, Park, Zhang, Santos, Lim, Cheung, Suzuki, Bui"""),
    "iberian": _listed("""Ferreira, Costa, Ruiz, Moretti, Garcia, Almeida, Esposito, Navarro, Pinto, Conti, Silva, Vidal"""),
}

ORIGINS: dict[str, tuple[tuple[str, int], ...]] = {
    "uk": (
        ("british", 46), ("irish", 6), ("southasian", 14), ("african", 9), ("eastern", 9),
        ("asian", 5), ("turkish", 4), ("iberian", 4), ("german", 1), ("dutch", 2),
    ),
    "ie": (("irish", 60), ("british", 14), ("eastern", 9), ("african", 5), ("iberian", 5), ("southasian", 5), ("asian", 2)),
    "nl": (("dutch", 68), ("turkish", 9), ("eastern", 6), ("asian", 4), ("african", 4), ("iberian", 4), ("german", 5)),
    "de": (("german", 68), ("turkish", 13), ("eastern", 9), ("iberian", 4), ("asian", 3), ("dutch", 3)),
}  # fmt: skip

TOWNS: dict[str, tuple[str, ...]] = {
    "uk": _listed(
        """London, Leeds, Bristol, Manchester, Glasgow, Edinburgh, Cardiff, Belfast, Reading, Bath, Sandwich, Deal, Ware,
        Rugby, Sale, Hook, Battle, Diss, Wells, Nelson, Bury, Poole, Rye, Cheddar, Crook, Goole, York, Derby, Hull,
        Stoke, Wigan, Corby, Harrogate, Whitby, Skipton, Otley, Ilkley, Keighley, Halifax, Huddersfield, Hebden
        Bridge, Todmorden, Buxton, Matlock, Ludlow, Hereford, Shrewsbury, Oswestry, Stafford, Kettering, Northampton,
        Bedford, Luton, Hitchin, Ely, Thetford, Norwich, Cromer, Ipswich, Colchester, Chelmsford, Southend, Margate,
        Whitstable, Faversham, Hastings, Lewes, Brighton, Worthing, Chichester, Southampton, Winchester, Salisbury,
        Yeovil, Exeter, Totnes, Plymouth, Truro, Penzance, Falmouth, Swansea, Llandudno, Wrexham, Aberystwyth, Brecon,
        Carlisle, Kendal, Penrith, Lancaster, Preston, Blackpool, Hexham, Alnwick, Durham, Sunderland, Newcastle upon
        Tyne, Berwick-upon-Tweed, Stirling, Perth, Dundee, Inverness, Oban, Fort William, Kirkwall, Ayr, Dumfries,
        Ballymena, Derry, Newry, Milton Keynes, Bury St Edmunds"""
    ),
    "ie": _listed(
        """Dublin, Cork, Galway, Limerick, Waterford, Sligo, Tralee, Killarney, Ennis, Athlone, Drogheda, Dundalk, Navan,
        Bray, Wexford, Kilkenny, Carlow, Letterkenny, Westport, Clonakilty, Trim, Birr, Nenagh, Mallow, Swords, Dún
        Laoghaire"""
    ),
    "nl": _listed(
        """Amsterdam, Rotterdam, Den Haag, Utrecht, Eindhoven, Groningen, Tilburg, Almere, Breda, Nijmegen, Arnhem,
        Haarlem, Enschede, Zwolle, Leiden, Delft, Gouda, Alkmaar, Hoorn, Deventer, Amersfoort, Apeldoorn, Maastricht,
        Venlo, Leeuwarden, Assen, Middelburg, Den Bosch, Hilversum, Zeist, Ede, Edam, Goes, Kampen, Oss, Sneek"""
    ),
    "de": _listed(
        """Berlin, Hamburg, München, Köln, Frankfurt, Stuttgart, Düsseldorf, Leipzig, Dortmund, Essen, Bremen, Dresden,
        Hannover, Nürnberg, Münster, Bonn, Freiburg, Kiel, Lübeck, Rostock, Kassel, Aachen, Mainz, Erfurt, Jena,
        Göttingen, Oldenburg, Regensburg, Ulm, Konstanz, Bielefeld, Potsdam, Celle, Husum, Trier"""
    ),
}

STREETS: dict[str, tuple[str, ...]] = {
    "uk": _listed(
        """Alder Road, Station Road, Church Lane, Mill Lane, Victoria Street, High Street, Park Avenue, Queens Road,
        Orchard Close, Windsor Terrace, Maple Drive, Beech Grove, Hawthorn Way, Primrose Hill, Castle Street, Bridge
        Street, Albert Road, Chapel Row, Kiln Lane, Tannery Row, Harbour View, Cliff Terrace, Rectory Gardens, Foundry
        Street, Weavers Court, Gladstone Road, Cromwell Street, Nelson Street, Larch Close, Rowan Crescent, Sycamore
        Avenue, Hollybank, Springfield Mount, Moorside Road, Valley Rise, Quarry Hill, Cobden Street, Balmoral Drive,
        Kings Mews, St Johns Road, Abbey Walk, Priory Close, Fairfield Avenue, Meadow View, Heron Way, Kestrel Drive,
        Swallow Court, Bakers Yard, Lower Bond Street, Upper North Street, Clarendon Road, Devonshire Place, Dock
        Road, Lime Tree Walk, Poplar Road, Wellington Parade, The Crescent, The Old Dairy, Cherry Orchard, Strathmore
        Gardens, Inverleith Row, Gorse Lane, Brook Street, Perch Lane, Burrow Hill"""
    ),
    "ie": _listed(
        """Main Street, Patrick Street, O'Connell Avenue, Sea Road, Grattan Street, Abbeyfields, Carrig Drive, Glen Road,
        Mount Pleasant Avenue, Seapoint Terrace, Bothar na Tra, Ashgrove, Kilmore Park, Bayview Crescent, Parnell
        Place, Friary Lane, Shannon Banks, Elm Park"""
    ),
    "nl": _listed(
        """Lindelaan, Kerkstraat, Dorpsstraat, Molenweg, Stationsplein, Prinsengracht, Beukenlaan, Julianastraat,
        Wilhelminapark, Hoofdweg, Schoolstraat, Nieuwe Haven, Oude Gracht, Kastanjehof, Zeedijk, Waterlooplein,
        Rembrandtlaan, Veldweg, Vondelstraat, Singel, Parallelweg, Raadhuisplein, Eikenhof, Achterom, Burgemeester
        Visserlaan"""
    ),
    "de": _listed(
        """Kastanienstraße, Hauptstraße, Bahnhofstraße, Gartenweg, Schillerstraße, Goethestraße, Am Markt, Lindenallee,
        Bergstraße, Mühlenweg, Ringstraße, Rosenweg, Kirchplatz, Schulstraße, Uferstraße, Feldstraße, Waldweg,
        Beethovenstraße, Im Winkel, Hafenstraße, Alte Gasse, Ahornweg"""
    ),
}

COUNTRIES: dict[str, tuple[str, ...]] = {
    "uk": ("the UK", "England", "Scotland", "Wales", "Northern Ireland", "UK", "Great Britain"),
    "ie": ("Ireland", "the Republic of Ireland", "Ireland", "Ireland"),
    "nl": ("the Netherlands", "Netherlands", "Holland"),
    "de": ("Germany",),
}
